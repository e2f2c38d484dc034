import { startChromium } from './chromium.js';
import { browserTests } from './suites/index.js';

browserTests({
  start: startChromium,
  endsOnce: false,
  allFixtures: true,
  emulatesMedia: true,
  paintsFast: true,
});
