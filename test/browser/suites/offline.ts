import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'puppeteer-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addServiceWorker, storedFiles } from '../../../tools/web-offline.mjs';
import { corpusFiles } from '../../data/corpus-files.js';
import type { TestBrowser } from '../browser.js';
import { pageBuild } from '../builds.js';
import { choose, chooseFolder, openPage, press, shown, textMatches, textOf } from '../page.js';
import { openSite } from '../site.js';

/** The page where there is no network any more, and where there is a newer one. */
export function offlineTests(browser: () => TestBrowser): void {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'alstm-offline-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const isStored = (tab: Page) =>
    tab.waitForFunction(() => navigator.serviceWorker.controller?.state === 'activated');

  async function fill(tab: Page, form: string, values: Record<string, string>): Promise<void> {
    await tab.$eval(
      `#${form}`,
      (node, values) => {
        const { elements } = node as HTMLFormElement;
        for (const [name, value] of Object.entries(values)) {
          (elements.namedItem(name) as HTMLInputElement).value = value;
        }
      },
      values,
    );
  }

  it('does all of it without a network after the first visit, from a folder, under its policy', async () => {
    const folders = { '/some/folder/': await pageBuild() };
    const html = await readFile(join(await pageBuild(), 'index.html'), 'utf8');
    const [, policy = ''] =
      /http-equiv="Content-Security-Policy"\s+content="([^"]+)"/.exec(html) ?? [];
    expect(policy).toMatch(/^default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; /);
    // As a header it also binds the workers, which the page's own element does not.
    const headers = { 'content-security-policy': `${policy}; frame-ancestors 'none'` };
    const site = await openSite(browser(), { folders, headers }, { quiet: true });
    const first = await site.open('/some/folder/');
    await isStored(first);
    await first.close();
    expect(site.problems()).toEqual([]);
    await site.close(); // nothing answers at its address any more

    const tab = await browser().puppeteer.newPage();
    tab.setDefaultTimeout(60_000);
    await tab.goto(`${site.origin}/some/folder/#listen?model=voices-6`);
    await tab.waitForSelector('html[data-ready]');
    await textMatches(tab, 'model-name', /^anger, .*, sadness/);
    expect(await tab.$eval('#model-choice', (node) => (node as HTMLSelectElement).value)).toBe(
      'voices-6',
    );
    for (const name of ['mono_22k.mp3', 'stereo_44k_vorbis.ogg', 'mono_48k_opus.ogg']) {
      await choose(tab, 'recording', `test/audio/fixtures/${name}`);
      await textMatches(tab, 'heard-name', new RegExp(`^${name}$`));
    }
    const [sound] = await tab.$$('#sounds button');
    await sound?.press('Enter');
    await textMatches(tab, 'heard-name', /^A robot, meant as anger$/);

    await press(tab, 'tab-train');
    const corpus = join(folder, 'corpus');
    const recordings = Object.entries(corpusFiles(4)).filter(([path]) => path.endsWith('.wav'));
    for (const [i, [path, bytes]] of recordings.entries()) {
      const label = join(corpus, i % 2 === 0 ? 'rising' : 'falling');
      await mkdir(label, { recursive: true });
      await writeFile(join(label, path), bytes);
    }
    await chooseFolder(browser(), tab, 'corpus-folder', corpus);
    await textMatches(tab, 'data-status', /12 recordings are ready/);
    await fill(tab, 'settings', { units: '4', epochs: '1' });
    await press(tab, 'train-start');
    await textMatches(tab, 'train-status', /1 epoch done/);

    await press(tab, 'tab-measure');
    await fill(tab, 'shape', { batch: '2', frames: '20', units: '8', seconds: '0.1' });
    await press(tab, 'measure-start');
    await shown(tab, 'measured');
    const told = await tab.$$eval('.error:not([hidden])', (all) => all.map((e) => e.textContent));
    expect(told).toEqual([]);
    await tab.close();
  });

  it('stores models that forbid commercial use only once they are chosen', async () => {
    const stored = await storedFiles(await pageBuild());
    expect(stored.filter(({ url }) => url.includes('-nc/'))).toEqual([]);
    const names = stored.map(({ url }) => url);
    for (const name of ['voices-4', 'voices-6']) {
      expect(names).toContain(`voices/${name}/model.safetensors`);
    }
    const site = await openSite(browser(), { folders: { '/': await pageBuild() } });
    const first = await openPage(site);
    await isStored(first);
    await first.select('#model-choice', 'voices-4-nc');
    await textMatches(first, 'model-terms', /^Non-commercial/);
    await first.close();
    await site.close();
    const tab = await browser().puppeteer.newPage();
    await tab.goto(`${site.origin}/#listen?model=voices-4-nc`);
    await textMatches(tab, 'model-terms', /^Non-commercial/);
    await tab.close();
  });

  it('says that a new version is ready, and takes it only when asked to', async () => {
    const page = join(folder, 'page');
    await cp(await pageBuild(), page, { recursive: true });
    const site = await openSite(browser(), { folders: { '/': page } }, { quiet: true });
    const tab = await openPage(site, '#measure');
    await isStored(tab);
    expect(await textOf(tab, 'notices')).toBe('');

    const html = await readFile(join(page, 'index.html'), 'utf8');
    await writeFile(join(page, 'index.html'), html.replace('<body', '<body data-version="newer"'));
    await addServiceWorker(page);
    await tab.reload();
    await textMatches(tab, 'notices', /^A new version is ready/);
    expect(await tab.$('[data-version=newer]')).toBeNull(); // the old one, all of it
    await tab.evaluate(() => Object.assign(globalThis, { running: true }));
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await tab.evaluate(() => 'running' in globalThis)).toBe(true);

    const [reload] = await tab.$$('#notices .button');
    await reload?.press('Enter');
    await tab.waitForSelector('[data-version=newer]');
    await tab.waitForSelector('#measure:not([hidden])');
    expect(await textOf(tab, 'notices')).toBe('');
    expect(site.problems()).toEqual([]);
    await tab.close();
    await site.close();
  });
}
