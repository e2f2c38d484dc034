import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type axe from 'axe-core';
import type { Page } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { encodeWav } from '../../../src/audio/wav.js';
import { corpusFiles } from '../../data/corpus-files.js';
import type { TestBrowser } from '../browser.js';
import { pageBuild } from '../builds.js';
import { choose, chooseFolder, openPage, press, shown, textMatches } from '../page.js';
import { openSite, type Site } from '../site.js';
import { voice } from '../voice.js';

/** Colours do not depend on the width, nor what fits on the colours: each of them once. */
const looks = [
  ['light', 1280],
  ['dark', 390],
] as const;

/** What axe-core finds in each part of the page, as it is when it is used. */
export function accessibilityTests(browser: () => TestBrowser): void {
  let folder: string;
  let site: Site;
  let source: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'alstm-accessible-'));
    await writeFile(join(folder, 'speech.wav'), encodeWav(voice(2), 16_000));
    await writeFile(join(folder, 'bad.wav'), 'no audio');
    const corpus = Object.entries(corpusFiles(4)).filter(([path]) => path.endsWith('.wav'));
    for (const [i, [path, bytes]] of corpus.entries()) {
      const file = join(folder, 'corpus', i % 2 === 0 ? 'rising' : 'falling', path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, bytes);
    }
    source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    site = await openSite(browser(), { folders: { '/': await pageBuild() } }, { quiet: true });
  });
  afterEach(() => expect(site.problems()).toEqual([]));
  afterAll(async () => {
    await site.close();
    await rm(folder, { recursive: true });
  });

  async function openWithAxe(hash = ''): Promise<Page> {
    const tab = await openPage(site, hash);
    await tab.evaluate(source);
    return tab;
  }

  /** Looks at the page as it is: light and wide, dark and narrow. */
  async function check(tab: Page, what: string): Promise<void> {
    for (const [scheme, width] of looks) {
      await tab.setViewport({ width, height: 900 });
      await tab.emulateMediaFeatures([
        { name: 'prefers-color-scheme', value: scheme },
        { name: 'prefers-reduced-motion', value: 'reduce' }, // colours change at once
      ]);
      const found = await tab.evaluate(async () => {
        const { axe } = globalThis as unknown as { axe: typeof import('axe-core') };
        const { violations } = await axe.run(document, { resultTypes: ['violations'] });
        return { violations, width: document.documentElement.scrollWidth };
      });
      expect(found.violations.map(told), `${what}, ${scheme}, ${width}`).toEqual([]);
      expect(found.width, `${what}: no scrolling sideways`).toBeLessThanOrEqual(width);
    }
  }

  it('breaks no rule of axe-core in Listen and Look, empty and with results', async () => {
    const tab = await openWithAxe();
    await check(tab, 'Listen, empty');
    await choose(tab, 'recording', join(folder, 'speech.wav'), join(folder, 'bad.wav'));
    await textMatches(tab, 'several-time', /; 1 failed$/);
    await tab.$eval('.recordings thead button', (button) => (button as HTMLElement).click());
    await tab.$eval('.recordings tbody tr.failed', (row) => (row as HTMLElement).click());
    await shown(tab, 'listen-error');
    await check(tab, 'Listen, with a failure');
    await tab.$eval('.recordings tbody tr:not(.failed)', (row) => (row as HTMLElement).click());
    await shown(tab, 'heard');
    await press(tab, 'voice-add');
    await shown(tab, 'heard-change');
    await tab.$eval('#model-card', (card) => ((card as HTMLDetailsElement).open = true));
    await textMatches(tab, 'model-card-text', /MIT/);
    await check(tab, 'Listen, with a table and an answer');
    await tab.$eval('#tab-look', (own) => (own as HTMLElement).click());
    await tab.waitForSelector('#looked .plot');
    await check(tab, 'Look');
    await tab.close();
  });

  it('breaks none in Train while it trains and after, and none in Measure', async () => {
    const tab = await openWithAxe('#train');
    await tab.$eval('#own-clips', (details) => ((details as HTMLDetailsElement).open = true));
    await check(tab, 'Train, empty');
    await chooseFolder(browser(), tab, 'corpus-folder', join(folder, 'corpus'));
    await textMatches(tab, 'data-status', /12 recordings are ready/);
    await fill(tab, 'settings', { units: '2', epochs: '999' });
    await press(tab, 'train-start');
    await shown(tab, 'confusion-card'); // while it goes on
    await check(tab, 'Train, running');
    await press(tab, 'train-stop');
    await textMatches(tab, 'train-status', /^Stopped/);
    await check(tab, 'Train, with a model');
    await tab.$eval('#tab-measure', (own) => (own as HTMLElement).click());
    const shape = { batch: '1', frames: '10', units: '4', frontendUnits: '4', seconds: '0.1' };
    await fill(tab, 'shape', shape);
    await press(tab, 'measure-start');
    await shown(tab, 'measured');
    await tab.$eval('#measured details', (details) => (details.open = true));
    await check(tab, 'Measure');
    await tab.close();
  });

  it('moves nothing where one has asked for that', async () => {
    const tab = await openPage(site);
    const moving = () =>
      tab.evaluate(() => {
        const line = document.getElementById('listen-status');
        line?.classList.add('busy');
        const styles = [getComputedStyle(document.querySelector('.button') ?? document.body)];
        if (line !== null) styles.push(getComputedStyle(line, '::before'));
        return styles.map(({ animationName, transitionDuration }) => [
          animationName,
          transitionDuration,
        ]);
      });
    const ask = (value: string) =>
      tab.emulateMediaFeatures([{ name: 'prefers-reduced-motion', value }]);
    await ask('no-preference');
    expect(await moving()).toEqual([
      ['none', expect.stringContaining('0.15s')],
      ['turn', '0s'],
    ]);
    await ask('reduce');
    expect(await moving()).toEqual([
      ['none', '0s'],
      ['none', '0s'],
    ]);
    await tab.close();
  });
}

function told({ id, help, nodes }: axe.Result): string {
  return `${id}: ${help}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`;
}

async function fill(tab: Page, form: string, values: Record<string, string>): Promise<void> {
  await tab.$eval(
    `#${form}`,
    (node, values) => {
      for (const [name, value] of Object.entries(values)) {
        const field = (node as HTMLFormElement).elements.namedItem(name);
        (field as HTMLInputElement).value = value;
      }
    },
    values,
  );
}
