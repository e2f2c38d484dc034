import { afterAll, beforeAll, describe } from 'vitest';
import type { TestBrowser } from '../browser.js';
import { removeBuilds } from '../builds.js';
import { engineTests } from './engine.js';
import { fileTests } from './files.js';
import { fixtureTests } from './fixtures.js';
import { lostDeviceTests } from './lost-device.js';
import { pageTests } from './page.js';
import { policyTests } from './policy.js';
import { trainingTests } from './training.js';

/** What is tested in every browser, all in one that is started once. */
const suites = {
  engine: engineTests,
  files: fileTests,
  fixtures: fixtureTests,
  policy: policyTests,
  training: trainingTests,
  'lost device': lostDeviceTests,
  page: pageTests,
} as const;

/** Registers all tests in a browser. */
export function browserTests(start: () => Promise<TestBrowser>): void {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await start();
  });
  afterAll(async () => {
    await browser.close();
    await removeBuilds();
  });
  for (const [name, tests] of Object.entries(suites)) describe(name, () => tests(() => browser));
}
