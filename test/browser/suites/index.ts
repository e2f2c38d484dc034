import { afterAll, beforeAll, describe } from 'vitest';
import type { BrowserKind, TestBrowser } from '../browser.js';
import { removeBuilds } from '../builds.js';
import { accessibilityTests } from './accessible.js';
import { addressTests } from './address.js';
import { attackedTests } from './attacked.js';
import { budgetTests } from './budgets.js';
import { engineTests } from './engine.js';
import { fileTests } from './files.js';
import { fixtureTests } from './fixtures.js';
import { guideTests } from './guides.js';
import { listenTests } from './listen.js';
import { lostDeviceTests } from './lost-device.js';
import { offlineTests } from './offline.js';
import { openTests } from './open.js';
import { pageTests } from './page.js';
import { policyTests } from './policy.js';
import { severalTests } from './several.js';
import { trainingTests } from './training.js';
import { workerTests } from './workers.js';

/** What is tested in every browser. */
const suites = {
  engine: engineTests,
  files: fileTests,
  workers: workerTests,
  fixtures: fixtureTests,
  open: openTests,
  guides: guideTests,
  policy: policyTests,
  listen: listenTests,
  several: severalTests,
  address: addressTests,
  budgets: budgetTests,
  offline: offlineTests,
} as const;

/** Those that end the GPU process. */
const endings = {
  training: trainingTests,
  'lost device': lostDeviceTests,
  page: pageTests,
} as const;

/** Registers all tests in a browser, which is started as seldom as it allows. */
export function browserTests(kind: BrowserKind): void {
  let browser: TestBrowser;
  let ended = false;
  beforeAll(async () => {
    browser = await kind.start();
  });
  afterAll(async () => {
    await browser.close();
    await removeBuilds();
  });
  for (const [name, tests] of Object.entries(suites))
    describe(name, () => tests(() => browser, kind));
  if (kind.allFixtures) {
    // the long form has them in all browsers, and crowdedTests
    describe('attacked', () => attackedTests(() => browser));
  }
  if (kind.emulatesMedia) describe('accessibility', () => accessibilityTests(() => browser));
  for (const [name, tests] of Object.entries(endings)) {
    describe(name, () => {
      beforeAll(async () => {
        if (ended && kind.endsOnce) {
          await browser.close();
          browser = await kind.start();
        }
        ended = true;
      });
      tests(() => browser);
    });
  }
}
