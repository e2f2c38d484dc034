import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { encodeWav } from '../../../src/audio/wav.js';
import { parseCsv } from '../../../src/core/csv.js';
import { NodeFiles, readModel } from '../../../src/index.js';
import { DEFAULT_VOICES } from '../../../src/model/voices.js';
import { columnsOf } from '../../../src/results/columns.js';
import type { Row } from '../../../src/results/row.js';
import { shippedModels } from '../../support/shipped-models.js';
import type { TestBrowser } from '../browser.js';
import { pageBuild } from '../builds.js';
import {
  choose,
  chooseFolder,
  openPage,
  press,
  saved,
  shown,
  textMatches,
  textOf,
} from '../page.js';
import { openSite, type Site } from '../site.js';
import { voice } from '../voice.js';

/** Several recordings in Listen, and results that are saved. */
export function severalTests(browser: () => TestBrowser): void {
  let folder: string;
  let site: Site;

  /** A name that a spreadsheet would run, and a table has to quote. */
  const BAD = '=bad, "name".wav';
  const inFolder = (name: string) => join(folder, 'several', name);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'alstm-several-'));
    await mkdir(join(folder, 'several'));
    for (const n of [1, 2, 10]) {
      await writeFile(inFolder(`take ${n}.wav`), encodeWav(voice(n === 2 ? 2 : 1), 16_000));
    }
    await writeFile(inFolder(BAD), 'no audio');
    await writeFile(inFolder('notes.txt'), 'no recording');
    site = await openSite(browser(), { folders: { '/': await pageBuild() } }, { quiet: true });
  });
  afterEach(() => expect(site.problems()).toEqual([]));
  afterAll(async () => {
    await site.close();
    await rm(folder, { recursive: true });
  });

  const namesOf = (tab: Page) =>
    tab.$$eval('.recordings tbody th', (all) => all.map((th) => th.textContent));

  it('hears a folder as a table, sorts it, opens a row by keyboard, and saves both', async () => {
    const tab = await openPage(site);
    await chooseFolder(browser(), tab, 'recording-folder', join(folder, 'several'));
    await textMatches(tab, 'several-time', /; 1 failed$/);
    const paths = [BAD, 'take 1.wav', 'take 2.wav', 'take 10.wav'].map((own) => `several/${own}`);
    expect(await namesOf(tab)).toEqual(paths);
    const [failed, first] = await tab.$$eval('.recordings tbody tr', (all) =>
      all.map((row) => Array.from(row.cells, (cell) => cell.textContent)),
    );
    expect(failed).toEqual([paths[0], expect.stringMatching(/^not an audio file of a known/)]);
    expect(first?.[1]).toBe('1.00 s');
    const shares = (first ?? []).slice(3).map(parseFloat);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(100, -1);

    const sorted = () =>
      tab.$$eval('.recordings thead th', (all) => all.map((th) => th.getAttribute('aria-sort')));
    expect(await sorted()).toEqual(Array(7).fill(null));
    const [, length] = await tab.$$('.recordings thead button');
    await length?.press('Enter');
    await length?.press('Enter');
    expect((await sorted())[1]).toBe('descending');
    expect((await namesOf(tab))[0]).toBe(paths[2]);
    expect((await namesOf(tab)).at(-1)).toBe(paths[0]); // without a length

    await tab.focus('.recordings tbody button[tabindex="0"]');
    await tab.keyboard.press('End');
    await tab.keyboard.press('Home');
    await tab.keyboard.press('ArrowDown');
    const reached = await tab.evaluate(() => document.activeElement?.textContent);
    await tab.keyboard.press('Enter');
    await textMatches(tab, 'heard-name', /take 1\.wav$/);
    expect(await textOf(tab, 'heard-name')).toBe(reached);
    expect(await tab.$$('.recordings [aria-current]')).toHaveLength(1);

    const png = await saved(browser(), tab, 'heard-png', 'take 1.png');
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    expect(png.readUInt32BE(16)).toBe(1920);
    expect(png.readUInt32BE(20)).toBeGreaterThan(800);
    const row = JSON.parse(
      (await saved(browser(), tab, 'heard-json', 'take 1.json')).toString(),
    ) as Row & {
      attention: number[];
      seconds: number;
    };
    expect(row).toMatchObject({ path: paths[1], seconds: 1 });
    expect(row.attention.reduce((sum, own) => sum + own, 0)).toBeCloseTo(1);
    const csv = (await saved(browser(), tab, 'heard-csv', 'take 1.csv')).toString();
    expect(csv.split('\n')[1]).toMatch(/^several\/take 1\.wav,[a-z]+,0\.\d+,/);

    const table = (await saved(browser(), tab, 'several-csv', 'recordings.csv')).toString();
    const records = parseCsv(table, 'table').map(({ fields }) => fields);
    const model = await readModel(new NodeFiles(), shippedModels.get(DEFAULT_VOICES) ?? '');
    expect(records[0]).toEqual(columnsOf([model]).map(({ name }) => name));
    expect(records.slice(1).map(([path]) => path)).toEqual(paths);
    const rows = JSON.parse(
      (await saved(browser(), tab, 'several-json', 'recordings.json')).toString(),
    ) as Row[];
    expect(rows.map(({ path }) => path)).toEqual(paths);
    expect(rows[0]).toHaveProperty('error');
    expect(rows[1]).toMatchObject({ seconds: 1, speaker_recordings: 1 });
    await tab.close();
  });

  it('stops, goes on, and hears all again once it knows that they are of one voice', async () => {
    const tab = await openPage(site);
    const takes = [1, 2, 10].map((n) => inFolder(`take ${n}.wav`));
    await choose(tab, 'recording', ...takes, ...takes);
    await shown(tab, 'several-stop');
    await press(tab, 'several-stop');
    await textMatches(tab, 'several-time', /; [1-5] not heard yet$/);
    await press(tab, 'several-resume');
    await textMatches(tab, 'several-time', /^(?!\d+ of)[^;]+$/);
    const shares = () => tab.$eval('.recordings tbody', (body) => body.textContent);
    const alone = await shares();
    await press(tab, 'several-voice');
    await textMatches(tab, 'voice-known', /^[36] recordings of this voice/);
    await shown(tab, 'several-voice');
    await expect.poll(shares, { timeout: 30_000 }).not.toBe(alone);
    await press(tab, 'several-close');
    expect(await tab.$('#several:not([hidden])')).toBeNull();
    expect(await tab.evaluate(() => document.activeElement?.id)).toBe('recording');
    await tab.close();
  });
}
