import type { Page } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { TestBrowser } from '../browser.js';
import { pageBuild } from '../builds.js';
import { openPage, press, textMatches, textOf } from '../page.js';
import { openSite, type Site } from '../site.js';

/** Addresses that lead to a part of the page, and to a model. */
export function addressTests(browser: () => TestBrowser): void {
  let site: Site;
  beforeAll(async () => {
    site = await openSite(browser(), { folders: { '/': await pageBuild() } }, { quiet: true });
  });
  afterEach(() => expect(site.problems()).toEqual([]));
  afterAll(() => site.close());

  const hashOf = (tab: Page) => tab.evaluate(() => location.hash);
  const choiceOf = (tab: Page) =>
    tab.$eval('#model-choice', (node) => (node as HTMLSelectElement).value);
  const open = (tab: Page) =>
    tab.$$eval('[role=tabpanel]:not([hidden])', (all) => all.map(({ id }) => id).join());
  const at = (tab: Page, part: string, model: string) =>
    expect
      .poll(async () => [await open(tab), await choiceOf(tab)], { timeout: 20_000 })
      .toEqual([part, model]);

  it('leads to a part with a model, and steps back and forth through both', async () => {
    const tab = await openPage(site, '#measure?model=voices-6');
    await at(tab, 'measure', 'voices-6');
    expect(await hashOf(tab)).toBe('#measure?model=voices-6');
    await press(tab, 'tab-listen');
    expect(await hashOf(tab)).toBe('#listen?model=voices-6');
    await tab.select('#model-choice', 'voices-4');
    await expect.poll(() => hashOf(tab), { timeout: 20_000 }).toBe('#listen'); // the default is not named
    await press(tab, 'tab-train');
    expect(await hashOf(tab)).toBe('#train');

    const step = (by: number) => tab.evaluate((by) => history.go(by), by);
    await step(-1);
    await at(tab, 'listen', 'voices-4');
    await step(-1);
    await at(tab, 'listen', 'voices-6');
    await step(-1);
    await at(tab, 'measure', 'voices-6');
    await step(2);
    await at(tab, 'listen', 'voices-4');
    await step(1);
    await at(tab, 'train', 'voices-4');
    expect(await textOf(tab, 'notices')).toBe('');
    await tab.close();
  });

  it('says which part or model an address names that is not there, and works as without it', async () => {
    const tab = await openPage(site, '#lisen?model=voices-5');
    await textMatches(
      tab,
      'notices',
      /^The address names a part .*, “lisen”: .*a model that does not come with this page, “voices-5”: there are voices-4, .*voices-6/,
    );
    await at(tab, 'listen', 'voices-4');
    expect(await hashOf(tab)).toBe('#listen');
    await tab.evaluate(() => (location.hash = '#nowhere'));
    await textMatches(
      tab,
      'notices',
      /^The address names a part .*, “nowhere”: there are listen, look, train, measure\.$/,
    );
    await press(tab, 'tab-measure');
    expect(await textOf(tab, 'notices')).toBe('');
    await tab.evaluate(() => (location.hash = '#main')); // the link that skips to the content
    await at(tab, 'measure', 'voices-4');
    expect(await textOf(tab, 'notices')).toBe('');
    await tab.close();
  });

  it('copies the address', async () => {
    const tab = await openPage(site, '#measure');
    await tab.evaluate(() => {
      const writeText = (text: string) => {
        document.body.dataset['copied'] = text;
        return Promise.resolve();
      };
      Object.defineProperty(navigator, 'clipboard', { value: { writeText } });
    });
    const [share] = await tab.$$('.share');
    await share?.press('Enter');
    await tab.waitForFunction(() => document.querySelector('.share')?.textContent === 'Copied');
    expect(await tab.$eval('body', (body) => body.dataset['copied'])).toBe(
      `${site.origin}/#measure`,
    );
    await tab.close();
  });
}
