import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { unzipSync } from 'fflate';
import type { Page } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { encodeWav } from '../../../src/audio/wav.js';
import { NodeFiles, readModel } from '../../../src/index.js';
import type { Measured } from '../../../src/web/protocol.js';
import { corpusFiles } from '../../data/corpus-files.js';
import type { TestBrowser } from '../browser.js';
import { pageBuild } from '../builds.js';
import {
  choose,
  chooseFolder as chooseFolderIn,
  openPage,
  saved,
  shown,
  textMatches,
  textOf,
} from '../page.js';
import { openSite, type Site } from '../site.js';
import { voice } from '../voice.js';

export function pageTests(browser: () => TestBrowser): void {
  let folder: string;
  let site: Site;

  const recording = () => join(folder, 'speech.wav');

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'alstm-page-'));
    await writeFile(recording(), encodeWav(voice(3), 16_000));
    // One subfolder a label, as the page wants a folder.
    const corpus = Object.entries(corpusFiles(8)).filter(([path]) => path.endsWith('.wav'));
    for (const [i, [path, bytes]] of corpus.entries()) {
      const file = join(folder, 'corpus', i % 2 === 0 ? 'rising' : 'falling', path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, bytes);
    }
    site = await openSite(browser(), { folders: { '/': await pageBuild() } }, { quiet: true });
  });
  afterEach(() => expect(site.problems()).toEqual([]));
  afterAll(async () => {
    await site.close();
    await rm(folder, { recursive: true });
  });

  const open = (hash = '') => openPage(site, hash);
  const chooseFolder = (tab: Page, input: string, path: string) =>
    chooseFolderIn(browser(), tab, input, path);

  /** Waits until training is at an epoch or past it: several may end between two looks. */
  async function reachesEpoch(tab: Page, epoch: number): Promise<void> {
    const at = async () => Number(/epoch (\d+) of/.exec(await textOf(tab, 'train-numbers'))?.[1]);
    await expect
      .poll(at, { interval: 50, timeout: 60_000, message: `epoch ${epoch}` })
      .toBeGreaterThanOrEqual(epoch);
  }

  it('hears a recording and shows what the network does, by pointer and keyboard', async () => {
    const tab = await open();
    await tab.focus('#tab-listen');
    await tab.keyboard.press('ArrowRight');
    expect(await tab.$eval('#tab-look', (node) => node.getAttribute('aria-selected'))).toBe('true');
    await shown(tab, 'look-empty');
    await tab.click('#to-listen');

    await choose(tab, 'recording', recording());
    await shown(tab, 'heard');
    const shares = await tab.$$eval('#heard-scores td.numbers', (cells) =>
      cells.map((cell) => parseFloat(cell.textContent)),
    );
    expect(shares).toHaveLength(4);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(100, -1);
    await tab.focus('#heard-timeline input');
    await tab.keyboard.press('Home');
    await tab.keyboard.press('ArrowRight');
    const slider = '#heard-timeline input';
    const told = await tab.$eval(slider, (node) => node.getAttribute('aria-valuetext'));
    expect(told).toMatch(/^0\.01 s, pitch 1[78]\d Hz, attention \d/);

    await tab.click('#to-look');
    await tab.waitForSelector('#looked .plot');
    const titles = await tab.$$eval('#looked figcaption', (all) =>
      all.map((one) => one.firstElementChild?.textContent),
    );
    expect(titles).toEqual([
      'Cell state weights',
      'Output weights',
      'Gate activations',
      'Attention, relative to uniform',
      'Normalised features',
    ]);
    const stage = await tab.$('#look-timeline .stage');
    const box = await (stage as NonNullable<typeof stage>).boundingBox();
    await tab.mouse.move((box?.x ?? 0) + (box?.width ?? 0) / 2, (box?.y ?? 0) + 40);
    expect(await tab.$eval('#look-timeline .values strong', (node) => node.textContent)).toMatch(
      /^1\.[45]\d s$/,
    );
    await tab.close();
  });

  it('says what is wrong with a file, and what to do', async () => {
    const tab = await open();
    const bad = join(folder, 'bad.wav');
    await writeFile(bad, 'no audio');
    await choose(tab, 'recording', bad);
    await shown(tab, 'listen-error');
    expect(await textOf(tab, 'listen-error')).toMatch(/^bad\.wav: not an audio file.*Convert it/);
    await tab.close();
  });

  it('hears the microphone while one speaks, and tells how long a window takes', async () => {
    const tab = await open();
    await tab.click('#microphone');
    await textMatches(tab, 'live-time', /window of 4 s: features [\d.]+ m?s, network [\d.]+ m?s/);
    expect(await tab.$$('#live-scores tbody tr')).toHaveLength(4);
    await tab.click('#microphone');
    expect(await tab.$eval('#microphone', (node) => node.getAttribute('aria-pressed'))).toBe(
      'false',
    );
    await tab.close();
  });

  it('says so where Web Audio does not start', async () => {
    const tab = await open();
    await tab.evaluate(() => {
      const own = globalThis.setTimeout;
      Object.assign(globalThis, { setTimeout: (run: () => void, ms: number) => own(run, ms / 20) });
      AudioContext.prototype.resume = () => new Promise(() => undefined);
    });
    await tab.click('#microphone');
    await shown(tab, 'listen-error');
    expect(await textOf(tab, 'listen-error')).toMatch(/^The sound system does not start: connect/);
    await tab.waitForSelector('#microphone:enabled');
    await tab.close();
  });

  it('goes on hearing and looking where the GPU process ends', async () => {
    const tab = await open();
    const hear = async () => {
      await tab.$eval('#heard-time', (node) => (node.textContent = ''));
      await choose(tab, 'recording', recording());
      await textMatches(tab, 'heard-time', /network/);
      return textOf(tab, 'heard-says');
    };
    const before = await hear();
    await browser().killGpuProcess();
    expect(await hear()).toBe(before);
    // Firefox draws a tab no more that was open when the process ended: nothing can be clicked there.
    if (browser().name === 'Firefox') return tab.close();

    await tab.click('#microphone');
    await textMatches(tab, 'live-time', /window of 4 s/);
    await browser().killGpuProcess();
    for (let i = 0; i < 2; i++) {
      await tab.$eval('#live-time', (node) => (node.textContent = ''));
      await textMatches(tab, 'live-time', /window of 4 s/);
    }
    await tab.click('#microphone');
    expect(await tab.$eval('#listen-error', (node) => (node as HTMLElement).hidden)).toBe(true);
    await browser().killGpuProcess();
    await tab.click('#to-look');
    await tab.waitForSelector('#looked .plot');
    await tab.close();
  });

  it('trains on a folder, pauses, goes on after the tab was closed, and hands the model out', async () => {
    const first = await open('#train');
    await chooseFolder(first, 'corpus-folder', join(folder, 'corpus'));
    await textMatches(first, 'data-status', /24 recordings are ready/);
    await first.$eval('#settings', (form) => {
      const fields = (form as HTMLFormElement).elements;
      for (const [name, value] of [
        ['units', '4'],
        ['epochs', '999'], // more than it comes to
      ] as const) {
        (fields.namedItem(name) as HTMLInputElement).value = value;
      }
    });
    await first.click('#train-start');
    await shown(first, 'confusion-card'); // while it goes on
    await first.click('#train-pause');
    await textMatches(first, 'train-status', /Paused: \d+ epochs? done/);
    const [, paused = NaN] = (/Paused: (\d+)/.exec(await textOf(first, 'train-status')) ?? []).map(
      Number,
    );
    await first.click('#train-resume');
    await reachesEpoch(first, paused + 2);
    await first.close(); // in the middle of it

    const tab = await open('#train');
    await textMatches(tab, 'kept-about', /24 recordings, \d+ of 999 epochs done/);
    const [, before = NaN] = (/(\d+) of 999/.exec(await textOf(tab, 'kept-about')) ?? []).map(
      Number,
    );
    await tab.click('#kept-resume');
    await reachesEpoch(tab, before + 2);
    await browser().killGpuProcess(); // it goes on from its last checkpoint on a new device
    await reachesEpoch(tab, before + 8);
    await tab.click('#train-stop');
    await textMatches(tab, 'train-status', /Stopped: \d+ epochs done/);

    const zip = await saved(browser(), tab, 'model-download', 'alstm-model.zip');
    for (const [name, bytes] of Object.entries(unzipSync(zip))) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), bytes);
    }
    const { labels, model } = await readModel(new NodeFiles(), join(folder, 'model'));
    expect(labels).toEqual({ emotion: ['falling', 'rising'] });
    expect(model.recurrent).toMatchObject({ cell: 'a-lstm', units: 4 });

    await tab.click('#model-use');
    await textMatches(tab, 'model-name', /Trained here: A-LSTM, 4 units/);
    await chooseFolder(tab, 'model-folder', join(folder, 'model'));
    await textMatches(tab, 'model-name', /Loaded: A-LSTM, 4 units/);
    await tab.close();
  });

  it('trains stacked layers on subsampled frames', async () => {
    const tab = await open('#train');
    tab.on('dialog', (dialog) => void dialog.accept()); // what was trained before may go
    await chooseFolder(tab, 'corpus-folder', join(folder, 'corpus'));
    await textMatches(tab, 'data-status', /24 recordings are ready/);
    await tab.$eval('#settings', (form) => {
      const fields = (form as HTMLFormElement).elements;
      const values = { units: '4', recurrentLayers: '2', subsample: '4', epochs: '1' };
      for (const [name, value] of Object.entries(values)) {
        (fields.namedItem(name) as HTMLInputElement).value = value;
      }
    });
    await tab.click('#train-start');
    await textMatches(tab, 'train-status', /1 epochs? done/);
    const csv = (await saved(browser(), tab, 'curves-csv', 'training.csv')).toString();
    expect(csv).toMatch(/^epoch,step,train\/loss,.*\n1,\d+,\d\.\d+,.*,true\n$/);
    const png = await saved(browser(), tab, 'curves-png', 'training.png');
    expect([png.subarray(1, 4).toString(), png.readUInt32BE(16)]).toEqual(['PNG', 1920]);
    await tab.click('#model-use');
    await textMatches(
      tab,
      'model-name',
      /Trained here: subsample by 4 \(mean\), dense 8, A-LSTM 4 both ways, A-LSTM 4 both ways/,
    );
    await tab.close();
  });

  it('takes clips that are recorded by label', async () => {
    const tab = await open('#train');
    tab.on('dialog', (dialog) => void dialog.accept()); // what was trained before may go
    await tab.click('#own-clips summary');
    for (const [n, label] of ['calm', 'calm', 'loud', 'loud'].entries()) {
      await tab.$eval(
        '#clip-label',
        (input, label) => ((input as HTMLInputElement).value = label),
        label,
      );
      await tab.click('#clip-record');
      await tab.waitForSelector('#clip-record[aria-pressed=true]');
      await new Promise((resolve) => setTimeout(resolve, 700));
      await tab.click('#clip-record');
      await tab.waitForFunction(
        (n) => document.querySelectorAll('#clips li').length === n,
        {},
        n + 1,
      );
    }
    await tab.click('#clips-use');
    await textMatches(tab, 'data-status', /4 recordings are ready/);
    expect(await textOf(tab, 'data-summary')).toMatch(/calm2loud2/);
    await tab.close();
  });

  it('measures a shape, and shows it as JSON', async () => {
    const tab = await open('#measure');
    await tab.$eval('#shape', (form) => {
      const fields = (form as HTMLFormElement).elements;
      const values = { batch: '2', frames: '20', units: '8', frontendUnits: '16', seconds: '0.1' };
      for (const [name, value] of Object.entries(values)) {
        (fields.namedItem(name) as HTMLInputElement).value = value;
      }
    });
    await tab.click('#measure-start');
    await shown(tab, 'measured');
    const json = JSON.parse(await textOf(tab, 'measured-json')) as Measured;
    expect(json.shape).toMatchObject({ batch: 2, units: 8 });
    expect(json.adapter).toContain(browser().adapter.name);
    expect(json.trainStep.ms).toBeGreaterThan(0);
    expect(json.inference.latencyMs).toBeGreaterThan(0);
    const file = await saved(browser(), tab, 'measure-save', 'measured.json');
    expect(JSON.parse(file.toString())).toEqual(json);
    await tab.close();
  });
}
