import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Page } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { corpusFiles } from '../../data/corpus-files.js';
import { complains, openHosted } from '../attacks.js';
import type { TestBrowser } from '../browser.js';
import { chooseFolder, openPage, saved, textMatches, textOf } from '../page.js';
import type { Site } from '../site.js';

/** Training where several tabs, or no storage, get in its way. */
export function crowdedTests(browser: () => TestBrowser): void {
  let folder: string;
  let site: Site;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'alstm-crowded-'));
    const corpus = Object.entries(corpusFiles(8)).filter(([path]) => path.endsWith('.wav'));
    for (const [i, [path, bytes]] of corpus.entries()) {
      // names that every object has already, and that would be markup
      const label = i % 2 === 0 ? '__proto__' : '<b>constructor';
      const file = join(folder, 'corpus', label, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, bytes);
    }
    site = await openHosted(browser());
  });
  afterEach(() => expect(site.problems()).toEqual([]));
  afterAll(async () => {
    await site.close();
    await rm(folder, { recursive: true });
  });

  /** Ends training, if it has not ended by itself. */
  async function stop(tab: Page): Promise<void> {
    await tab.$eval('#train-stop', (button) => {
      if (!(button as HTMLElement).hidden) (button as HTMLElement).click();
    });
    await textMatches(tab, 'train-status', /^(?:Stopped|Finished).*\d+ epochs/);
  }

  it('trains in one of two tabs, and in the other once the first is closed', async () => {
    const [first, second] = [await openPage(site, '#train'), await openPage(site, '#train')];
    await chooseFolder(browser(), first, 'corpus-folder', join(folder, 'corpus'));
    await textMatches(first, 'data-status', /24 recordings are ready/);
    expect(await textOf(first, 'data-summary')).toMatch(/<b>constructor12__proto__12/);
    await first.$eval('#settings', (form) => {
      const fields = (form as HTMLFormElement).elements;
      for (const [name, value] of [
        ['units', '4'],
        ['epochs', '999'],
      ] as const) {
        (fields.namedItem(name) as HTMLInputElement).value = value;
      }
    });
    await first.click('#train-start');
    await textMatches(first, 'train-numbers', /epoch [2-9]/);

    // recordings, a new run, the stored one: none goes in while the first tab trains
    await chooseFolder(browser(), second, 'corpus-folder', join(folder, 'corpus'));
    await complains(second, 'train-error', /A training run is in progress.*another tab/);
    const third = await openPage(site, '#train');
    await textMatches(third, 'kept-about', /24 recordings, \d+ of 999 epochs done/);
    await third.click('#kept-resume');
    await complains(third, 'train-error', /A training run is in progress.*another tab/);
    const epochOf = async (tab: Page) =>
      Number(/epoch (\d+) of/.exec(await textOf(tab, 'train-numbers'))?.[1]);
    const before = await epochOf(first);
    await expect.poll(() => epochOf(first), { timeout: 60_000 }).toBeGreaterThan(before);
    await first.close(); // in the middle of it
    await second.close();

    await third.click('#train-resume');
    await expect.poll(() => epochOf(third), { timeout: 60_000 }).toBeGreaterThan(before + 1);
    await stop(third);
    const csv = (await saved(browser(), third, 'curves-csv', 'training.csv')).toString();
    const epochs = csv
      .split('\n')
      .slice(1, -1)
      .map((line) => Number(line.split(',')[0]));
    expect(epochs).toEqual(epochs.map((_, i) => i + 1)); // without gap or repetition
    await third.close();
  });

  it('loses nothing where the browser gives no more storage', async (context) => {
    if (browser().name !== 'Chromium')
      return context.skip('its storage cannot be limited while it runs');
    const tab = await openPage(site, '#train');
    tab.on('dialog', (dialog) => void dialog.accept()); // what was trained before may go
    const before = await storedIn(tab); // what a tab was writing that was closed
    const limit = await browser().limitStorage(tab, site.origin);
    await chooseFolder(browser(), tab, 'corpus-folder', join(folder, 'corpus'));
    await complains(tab, 'train-error', /gives this page no more storage/);
    const stored = await storedIn(tab);
    expect(stored.filter((path) => path.startsWith('/train/') || !before.includes(path))).toEqual(
      [],
    );
    await limit.lift();
    await chooseFolder(browser(), tab, 'corpus-folder', join(folder, 'corpus'));
    await textMatches(tab, 'data-status', /24 recordings are ready/);
    await tab.click('#train-start');
    await textMatches(tab, 'train-numbers', /epoch [2-9]/);
    const again = await browser().limitStorage(tab, site.origin);
    await complains(tab, 'train-error', /gives this page no more storage.*resume/);
    await again.lift();
    await tab.waitForSelector('#train-resume:not([hidden])');
    await tab.click('#train-resume');
    await textMatches(tab, 'train-numbers', /epoch (?:[5-9]|\d\d)/);
    await stop(tab);
    await tab.close();
  });
}

/** Paths of all files of the page in the browser's storage. */
const storedIn = (tab: Page): Promise<string[]> =>
  tab.evaluate(async () => {
    const found: string[] = [];
    const walk = async (folder: FileSystemDirectoryHandle, path: string): Promise<void> => {
      const entries = folder as unknown as { values(): AsyncIterable<FileSystemHandle> };
      for await (const entry of entries.values()) {
        if (entry.kind === 'file') found.push(`${path}/${entry.name}`);
        else await walk(entry as FileSystemDirectoryHandle, `${path}/${entry.name}`);
      }
    };
    await walk(await navigator.storage.getDirectory(), '');
    return found;
  });
