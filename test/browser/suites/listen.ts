import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { encodeWav } from '../../../src/audio/wav.js';
import { NodeFiles, readModel, writeModel, type TrainedModel } from '../../../src/index.js';
import { withTemperature } from '../../../src/model/temperature.js';
import { DEFAULT_VOICES, termsText } from '../../../src/model/voices.js';
import { tinyModel } from '../../model/tiny-model.js';
import { shippedModels } from '../../support/shipped-models.js';
import type { TestBrowser } from '../browser.js';
import { pageBuild } from '../builds.js';
import { choose, chooseFolder, openPage, press, shown, textMatches, textOf } from '../page.js';
import { openSite, type Site } from '../site.js';
import { voice } from '../voice.js';

/** Listen with the models of real voices that the page comes with. */
export function listenTests(browser: () => TestBrowser): void {
  const files = new NodeFiles();
  let folder: string;
  let site: Site;
  let standard: TrainedModel;
  /** The same, never nearly certain. */
  let soft: TrainedModel;

  const recording = () => join(folder, 'speech.wav');
  /** Another recording of a voice. */
  const low = () => join(folder, 'low.wav');

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'alstm-listen-'));
    await writeFile(recording(), encodeWav(voice(3), 16_000));
    const pauses = voice(4).map((x, n) => (n % 32_000 < 16_000 ? x : 0));
    await writeFile(low(), encodeWav(pauses, 8000));
    standard = await readModel(files, shippedModels.get(DEFAULT_VOICES) ?? '');
    soft = withTemperature(standard, 'emotion', 10);
    site = await openSite(browser(), { folders: { '/': await pageBuild() } }, { quiet: true });
  });
  afterEach(() => expect(site.problems()).toEqual([]));
  afterAll(async () => {
    await site.close();
    await rm(folder, { recursive: true });
  });

  /** Loads a model from a folder, as a user's own. */
  async function loadOwn(tab: Page, name: string, model: TrainedModel): Promise<void> {
    const own = join(folder, name);
    await writeModel(files, own, model);
    await chooseFolder(browser(), tab, 'model-folder', own);
    await textMatches(tab, 'model-name', /^Loaded: /);
  }

  const choiceOf = (tab: Page) =>
    tab.$eval('#model-choice', (node) => (node as HTMLSelectElement).value);
  const meterOf = (tab: Page) =>
    tab.$eval('#voice-meter', (node) => [
      Number(node.getAttribute('aria-valuenow')),
      node.querySelectorAll('.full').length,
    ]);

  it('answers at once with the default, and fetches no other model before it is chosen', async () => {
    const others = new RegExp(`/voices/(?!${DEFAULT_VOICES}/)[^/]+/`);
    const folders = { '/': await pageBuild() };
    const bare = await openSite(browser(), { folders, missing: others }, { quiet: true });
    const tab = await openPage(bare);
    await choose(tab, 'recording', recording());
    await shown(tab, 'heard');
    expect(await choiceOf(tab)).toBe(DEFAULT_VOICES);
    const labels = await tab.$$eval('#heard-scores th', (all) => all.map((th) => th.textContent));
    expect(labels).toEqual(standard.labels['emotion']);
    const shares = await tab.$$eval('#heard-scores td.numbers', (cells) =>
      cells.map((cell) => parseFloat(cell.textContent)),
    );
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(100, -1);
    expect(await textOf(tab, 'words')).toMatch(/actors.*not how strongly.*AI Act/s);
    expect(bare.problems()).toEqual([]);

    const other = [...shippedModels.keys()].find((name) => name !== DEFAULT_VOICES);
    if (other !== undefined) {
      await tab.select('#model-choice', other);
      await textMatches(tab, 'listen-error', /^Cannot load .*: 404.*reload the page/);
      expect(await choiceOf(tab)).toBe(DEFAULT_VOICES); // which still answers
    }
    await tab.close();
    await bare.close();
  });

  it('offers every model that comes along, each with its terms, and one of your own', async () => {
    const tab = await openPage(site);
    const choices = await tab.$$eval('#model-choice option', (all) =>
      all.map(({ value, textContent }) => [value, textContent] as const),
    );
    const names = [...shippedModels.keys()].sort();
    const first = names.filter((name) => name === DEFAULT_VOICES);
    const rest = names.filter((name) => name !== DEFAULT_VOICES);
    expect(choices.map(([value]) => value)).toEqual([...first, ...rest, 'own']);
    for (const [name, text] of choices.slice(0, -1)) {
      const { labels, license } = await readModel(files, shippedModels.get(name) ?? '');
      expect(text).toBe(`${name}: ${labels['emotion']?.length} emotions (${termsText(license)})`);
      await tab.select('#model-choice', name);
      await textMatches(tab, 'model-about', /parameters/);
      const terms = license === 'MIT' ? /^Terms: MIT\.$/ : /^Non-commercial \(CC BY-NC-SA 4\.0\)/;
      await textMatches(tab, 'model-terms', terms);
      // Two with the same terms differ in this alone.
      await expect
        .poll(() => textOf(tab, 'model-name'), { timeout: 30_000 })
        .toBe(labels['emotion']?.join(', '));
    }
    const licence = await files.read(join(shippedModels.get(names.at(-1) ?? '') ?? '', 'LICENSE'));
    await tab.select('#model-choice', names.at(-1) ?? '');
    await tab.click('#model-card summary');
    const text = new TextDecoder().decode(licence).trim().slice(-30);
    await expect.poll(() => textOf(tab, 'model-card-text'), { timeout: 30_000 }).toContain(text);

    expect(await tab.$('#model-own:not([hidden])')).toBeNull();
    await tab.select('#model-choice', 'own');
    await shown(tab, 'model-own');
    await loadOwn(tab, 'tiny', { ...tinyModel(), license: 'CC-BY-NC-4.0' });
    await textMatches(tab, 'model-terms', /^Non-commercial \(CC BY-NC 4\.0\)/);
    expect(await tab.$$('#model-terms.non-commercial')).toHaveLength(1);
    await tab.close();
  });

  it('takes a model of your own where none of the page can be fetched', async () => {
    const folders = { '/': await pageBuild() };
    const bare = await openSite(browser(), { folders, missing: /\/voices\// });
    const tab = await openPage(bare);
    await textMatches(tab, 'listen-error', /^Cannot load .*voices\/index\.json: 404.*Check the/);
    expect(await choiceOf(tab)).toBe('own');
    await loadOwn(tab, 'lone', tinyModel());
    await choose(tab, 'recording', recording());
    await textMatches(tab, 'heard-says', /^The model hears /);
    await tab.close();
    await bare.close();
  });

  it('says that it is not sure below the threshold of a model, and how often it is right above', async () => {
    const tab = await openPage(site);
    const measured = [
      { recordings: 1, coverage: 0.5, accuracy: 0.62 },
      { recordings: 3, coverage: 0.6, accuracy: 0.75 },
    ];
    const withThreshold = (threshold: number): TrainedModel => ({
      ...soft,
      confidence: { emotion: { threshold, measured } },
    });
    await loadOwn(tab, 'strict', withThreshold(0.99));
    await choose(tab, 'recording', recording());
    await shown(tab, 'heard');
    await textMatches(tab, 'heard-says', /^Not sure, perhaps [a-z]+ \([\d.]+\s%\)\. /);
    await textMatches(tab, 'listen-status', /^speech\.wav: not sure, perhaps/);
    const told = await textOf(tab, 'heard-measured');
    expect(told.replaceAll('\u00a0', ' ')).toBe(
      'With 1 recording of a speaker known, answers at or above 99 % were right in 62 % of cases, ' +
        'and 50 % of all answers reach it.',
    );
    await choose(tab, 'voice-files', recording(), low());
    await textMatches(tab, 'voice-known', /^2 recordings/);
    await textMatches(tab, 'heard-measured', /^With 1 recording /); // none was measured with 2

    await loadOwn(tab, 'bold', withThreshold(0.0001));
    await textMatches(tab, 'heard-says', /^The model hears [a-z]+ /);
    await loadOwn(tab, 'plain', tinyModel());
    await textMatches(tab, 'heard-measured', /^$/);
    await tab.close();
  });

  it('gets to know a voice, and shows what that changes', async () => {
    const tab = await openPage(site);
    await shown(tab, 'voice');
    await textMatches(tab, 'voice-known', /^Nothing is known of this voice: .* about 10 on/);
    expect(await meterOf(tab)).toEqual([0, 0]);
    await loadOwn(tab, 'soft', soft);
    await choose(tab, 'recording', low());
    await shown(tab, 'heard-voice');
    expect(await tab.$('#heard-change:not([hidden])')).toBeNull();
    await press(tab, 'voice-add');
    await textMatches(tab, 'voice-known', /^1 recording of this voice known/);
    await textMatches(tab, 'heard-change', /the first one changes nothing.*by itself1 known/);
    await tab.waitForSelector('#voice-add:disabled'); // once is enough

    await choose(tab, 'recording', recording());
    await textMatches(tab, 'heard-known', /^Compared with 1 recording of this voice/);
    await tab.waitForSelector('#heard-change[hidden]');
    const scores = () => tab.$eval('#heard-scores tbody', (body) => body.textContent);
    const alone = await scores();
    await press(tab, 'voice-add');
    await textMatches(tab, 'voice-known', /^2 recordings of this voice known/);
    await textMatches(tab, 'heard-change', /^Before → after: .* → .*1 known2 known/);
    expect(await meterOf(tab)).toEqual([2, 2]);
    const both = await scores();
    expect(both).not.toBe(alone);
    const rows = await tab.$$eval('#heard-change tbody tr', (all) =>
      all.map((row) => Array.from(row.cells, (cell) => cell.textContent)),
    );
    expect(rows.map(([label, before]) => `${label}${before}`).join('')).toBe(alone);
    expect(rows.map(([label, , after]) => `${label}${after}`).join('')).toBe(both);
    await choose(tab, 'voice-files', recording());
    await textMatches(tab, 'listen-status', /^All of this is known already/);

    // A model that takes the same features knows the voice too.
    await loadOwn(tab, 'again', { ...soft, provenance: { ...soft.provenance, data: 'again' } });
    await textMatches(tab, 'model-about', /^Trained on again/);
    await textMatches(tab, 'voice-known', /^2 recordings/);
    await expect.poll(scores, { timeout: 30_000 }).toBe(both);
    await press(tab, 'voice-forget');
    await textMatches(tab, 'voice-known', /^Nothing is known/);
    await expect.poll(scores, { timeout: 30_000 }).not.toBe(both);
    expect(await meterOf(tab)).toEqual([0, 0]);

    await press(tab, 'voice-record');
    await textMatches(tab, 'voice-known', /^1 recording of this voice/);
    await press(tab, 'voice-record');
    await tab.waitForSelector('#voice-record[aria-pressed=false]');
    await textMatches(tab, 'listen-status', /^speech\.wav: /); // heard again, now that it is known
    await tab.evaluate(() => scrollTo(0, 0)); // from under the tabs
    await tab.click('#microphone');
    await textMatches(tab, 'live-time', /voice known from \d/);
    await textMatches(tab, 'live-says', /%/);
    await tab.click('#microphone');
    await loadOwn(tab, 'by-utterance', tinyModel());
    await tab.waitForSelector('#voice[hidden]');
    await tab.waitForSelector('#heard-voice[hidden]');
    await tab.close();
  });

  it('speaks another language when asked to, remembers it, and fetches no other', async () => {
    const tab = await openPage(site);
    const fetched = new Set<string>();
    tab.on('request', (request) => {
      const [name] = /(?:english|german|polish)(?=[^/]*\.js$)/.exec(request.url()) ?? [];
      if (name !== undefined) fetched.add(name);
    });
    expect(await tab.$eval('html', ({ lang }) => lang)).toBe('en');
    await tab.select('#language', 'de');
    await tab.waitForSelector('html[lang=de][data-ready]');
    expect(await tab.$eval('#listen h2', (node) => node.textContent)).toMatch(/diese Stimme/);
    expect(await tab.$eval('#tab-train', (node) => node.textContent)).toBe('Training');
    await choose(tab, 'recording', recording());
    await textMatches(tab, 'heard-time', /^3,00 s Ton; Merkmale/);
    await textMatches(tab, 'heard-says', /^Das Modell (?:hört: |ist unsicher)/);
    const labels = await tab.$$eval('#heard-scores th', (all) => all.map((th) => th.textContent));
    expect(labels).toEqual(['Ärger', 'Freude', 'neutral', 'Trauer']);
    expect([...fetched]).toEqual(['german']);
    await tab.select('#language', 'en'); // as the other tests want it
    await tab.waitForSelector('html[lang=en][data-ready]');
    await tab.close();
  });

  it('plays sounds of a robot, says so, and hears them', async () => {
    const tab = await openPage(site);
    const names = await tab.$$eval('#sounds button', (all) =>
      all.map((button) => button.getAttribute('aria-label')),
    );
    expect(names).toEqual(
      ['anger', 'happiness', 'neutral', 'sadness'].map(
        (emotion) => `Play a robot, meant as ${emotion}`,
      ),
    );
    const buttons = await tab.$$('#sounds button');
    for (const [i, emotion] of ['anger', 'happiness', 'neutral', 'sadness'].entries()) {
      await buttons[i]?.focus();
      await tab.keyboard.press('Enter');
      await textMatches(tab, 'heard-name', new RegExp(`^A robot, meant as ${emotion}$`));
      await textMatches(tab, 'heard-time', /^[1-4]\.\d\d s of sound/);
    }
    // It is a voice of its own, whatever is known of another.
    await shown(tab, 'heard-voice');
    await tab.waitForSelector('#voice-add[hidden]');
    const alone = await textOf(tab, 'heard-scores');
    await choose(tab, 'voice-files', recording(), low());
    await textMatches(tab, 'voice-known', /^2 recordings/);
    await tab.$eval('#heard-time', (node) => (node.textContent = ''));
    await buttons[3]?.press('Enter');
    await textMatches(tab, 'heard-time', /s of sound/);
    await textMatches(tab, 'heard-known', /^Compared with this recording alone/);
    expect(await textOf(tab, 'heard-scores')).toBe(alone);
    await choose(tab, 'recording', recording());
    await textMatches(tab, 'heard-known', /^Compared with 2 recordings/);
    await tab.waitForSelector('#voice-add:not([hidden])');
    const played = await tab.$eval('#heard-audio', (node) => (node as HTMLAudioElement).src);
    expect(played).toMatch(/^blob:/);
    await tab.close();
  });
}
