/** The long form of the page's tests against names, files, models, tabs, full storage and a stricter policy: alone, with large counts. */
import { afterAll, beforeAll, describe, it } from 'vitest';
import type { TestBrowser } from '../browser/browser.js';
import { removeBuilds } from '../browser/builds.js';
import { startChromium } from '../browser/chromium.js';
import { findFirefox, startFirefox } from '../browser/firefox.js';
import { attackedTests } from '../browser/suites/attacked.js';
import { crowdedTests } from '../browser/suites/crowded.js';
import { strictestTests } from '../browser/suites/strictest.js';
import { countFrom } from '../support/results.js';

const firefox = findFirefox();
const browsers = {
  Chromium: startChromium,
  ...(typeof firefox !== 'string' && { Firefox: () => startFirefox(firefox) }),
};

if (countFrom('ALSTM_FAULT_MEGABYTES', 0) === 0) {
  it.skip('is a part of the tests in browsers, in its short form');
} else {
  describe.each(Object.entries(browsers))('%s', (_name, start) => {
    let browser: TestBrowser;
    beforeAll(async () => {
      browser = await start();
    });
    afterAll(async () => {
      await browser.close();
      await removeBuilds();
    });
    attackedTests(() => browser);
    crowdedTests(() => browser);
    strictestTests(() => browser);
  });
}
