import { it } from 'vitest';
import { findFirefox, startFirefox } from './firefox.js';
import { browserTests } from './suites/index.js';

const found = findFirefox();
if (typeof found === 'string') it.skip(`runs the tests of Chromium in Firefox: ${found}`);
else
  browserTests({
    start: () => startFirefox(found),
    endsOnce: true,
    allFixtures: false,
    emulatesMedia: false,
    paintsFast: false,
  });
