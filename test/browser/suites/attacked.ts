import { mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { isRegression } from '../../../src/core/heads.js';
import { sortedUnique } from '../../../src/core/order.js';
import { NodeFiles, writeModel } from '../../../src/index.js';
import { initialParameters } from '../../../src/network/init.js';
import { renderExperiment } from '../../../src/report/experiment/report.js';
import { allNames, innocentFor } from '../../faults/injection/names.js';
import { tinyModel } from '../../model/tiny-model.js';
import { renamedWithAll } from '../../report/experiment/renamed.js';
import { countFrom, keepResults } from '../../support/results.js';
import {
  complains,
  drop,
  fileNames,
  hostingPolicy,
  megabytesOf,
  openHosted,
  shapeOf,
} from '../attacks.js';
import type { TestBrowser } from '../browser.js';
import { pageBuild } from '../builds.js';
import { chooseFolder, openPage, saved, shown, textMatches, textOf } from '../page.js';
import type { Site } from '../site.js';

/** Recordings dropped one after another, each before the one before is answered. */
const drops = countFrom('ALSTM_FAULT_DROPS', 10);
/** Megabytes of a recording that is dropped. */
const megabytes = countFrom('ALSTM_FAULT_MEGABYTES', 0);

/** Megabytes by which a browser's memory may grow over all drops: it collects garbage when it likes. */
const GROWTH = 250;

/** The page, where names, files and models are against it. */
export function attackedTests(browser: () => TestBrowser): void {
  let folder: string;
  let site: Site;
  /** What dialogs said: none is meant to open. */
  const dialogs: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'alstm-attacked-'));
    site = await openHosted(browser());
  });
  afterEach(() => {
    expect(site.problems()).toEqual([]);
    expect(dialogs).toEqual([]);
  });
  afterAll(async () => {
    await site.close();
    await rm(folder, { recursive: true });
  });

  async function open(): Promise<Page> {
    const tab = await openPage(site);
    tab.on('dialog', (dialog) => {
      dialogs.push(dialog.message());
      void dialog.accept();
    });
    return tab;
  }

  it('has a policy that leaves a name or a stray script nothing to do, and no more in it than works', async () => {
    const policy = await hostingPolicy();
    const html = await readFile(join(await pageBuild(), 'index.html'), 'utf8');
    const [, own = ''] =
      /http-equiv="Content-Security-Policy"\s+content="([^"]+)"/.exec(html) ?? [];
    expect(policy).toBe(`${own}; frame-ancestors 'none'`);
    expect(policy).toMatch(/^default-src 'none'; script-src 'self' 'wasm-unsafe-eval';/);
    expect(policy).not.toMatch(/unsafe-inline|'unsafe-eval'|https?:|\*/);
    expect(html).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|javascript:/i);
    const tab = await site.open('/#listen');
    await tab.waitForSelector('html[data-ready]');
    const refused = await tab.evaluate(async () => {
      const found: string[] = [];
      addEventListener('securitypolicyviolation', (event) => found.push(event.effectiveDirective));
      const script = document.createElement('script');
      script.textContent = 'globalThis.evil = true';
      document.head.append(script);
      const image = new Image();
      image.src = 'https://evil.example/x.png';
      await fetch('https://evil.example/').catch(() => undefined);
      const style = document.createElement('style');
      style.textContent = 'body { display: none }';
      document.head.append(style);
      // later: what a debugger runs at once may evaluate text
      const evaluated = await new Promise<boolean>((resolve) =>
        setTimeout(() => {
          try {
            // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call -- it is to be refused
            resolve(new Function('return true')() as boolean);
          } catch {
            resolve(false);
          }
        }, 50),
      );
      return { found: [...new Set(found)].sort(), evil: 'evil' in globalThis, evaluated };
    });
    // the console tells of each, a little later in Firefox
    await new Promise((resolve) => setTimeout(resolve, 300));
    site.problems();
    expect(refused.evil).toBe(false);
    expect(refused.evaluated).toBe(false);
    expect(refused.found.map((name) => name.replace(/-(?:elem|attr)$/, ''))).toEqual(
      expect.arrayContaining(['connect-src', 'img-src', 'script-src', 'style-src']),
    );
    await tab.close();
  });

  it('shows reports with any name as with an innocent one', async () => {
    const tab = await browser().puppeteer.newPage(); // without a policy
    const shapes = (pages: readonly string[]) =>
      tab.evaluate(
        (pages) =>
          pages.map((page) => {
            const parsed = new DOMParser().parseFromString(page, 'text/html');
            const shape = Array.from(parsed.querySelectorAll('*'), ({ tagName, attributes }) =>
              [tagName, ...Array.from(attributes, ({ name }) => name).sort()].join(' '),
            );
            return { shape: shape.join('\n'), title: parsed.title };
          }),
        pages,
      );
    const own = [
      allNames
        .map(([, name]) => name)
        .join(' ')
        .slice(0, 8000),
    ];
    const hostile = await shapes(own.map((name) => renderExperiment(renamedWithAll(name))));
    const plain = await shapes(
      own.map((name) => renderExperiment(renamedWithAll(innocentFor(name)))),
    );
    expect(hostile.map(({ shape }) => shape)).toEqual(plain.map(({ shape }) => shape));
    expect(hostile[0]?.title).toContain('<img src=x onerror=alert(1)>');
    await tab.close();
  });

  it('shows dropped files of any name as text, and saves them so', async () => {
    const [hostile, plain] = [await open(), await open()];
    for (const [tab, nameOf] of [
      [hostile, String],
      [plain, innocentFor],
    ] as const) {
      // numbered, since the table is in their order
      const files = fileNames.map((name, i) => [`${1000 + i}-${nameOf(name)}`, 0] as const);
      await drop(tab, 'drop', files);
      await textMatches(
        tab,
        'several-time',
        new RegExp(`^${fileNames.length} failed$|; ${fileNames.length} failed$`),
      );
    }
    expect(await shapeOf(hostile, 'several')).toEqual(await shapeOf(plain, 'several'));
    await plain.close();
    await hostile.bringToFront(); // Firefox takes keys only there
    const told = await hostile.$$eval('.recordings tbody th', (all) =>
      all.map((th) => th.textContent),
    );
    expect(told.join('')).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
    expect(told).toContain(`1000-${fileNames[0]}`);
    const rows = JSON.parse(
      (await saved(browser(), hostile, 'several-json', 'recordings.json')).toString(),
    ) as { path: string }[];
    expect(rows.map(({ path }) => path)).toEqual(fileNames.map((name, i) => `${1000 + i}-${name}`));

    const name = '<img src=x onerror=alert(1)>\u202e';
    await drop(hostile, 'drop', [[name, 1]]);
    await textMatches(hostile, 'heard-name', /^<img src=x onerror=alert\(1\)>\ufffd$/);
    expect(await hostile.title()).toMatch(/^alstm/);
    const csv = await saved(browser(), hostile, 'heard-csv', '-img src=x onerror=alert(1)--.csv');
    expect(csv.toString().split('\n')[1]).toContain(name);
    await drop(hostile, 'drop', [[name, 0]]);
    await shown(hostile, 'listen-error');
    expect(await hostile.$$('#listen-error img')).toEqual([]);
    await hostile.close();
  });

  it(`answers the last of ${drops} files that are dropped in a row`, async () => {
    const tab = await open();
    const memory: number[] = [];
    await tab.$eval('#heard-name', (heard) => {
      const node = heard as HTMLElement;
      const look = () =>
        (node.dataset['answers'] = `${node.dataset['answers'] ?? ''},${node.textContent}`);
      new MutationObserver(look).observe(node, { childList: true });
    });
    // the last but one takes longest
    const seconds = (n: number): number => (n === drops - 2 ? 30 : n % 2 === 0 ? 6 : 1);
    for (let n = 0; n < drops; n++) {
      await drop(tab, 'drop', [[`take ${n}.wav`, seconds(n)]]);
      if (n % 10 === 9) memory.push(await megabytesOf(browser()));
    }
    const last = `take ${drops - 1}.wav`;
    await textMatches(tab, 'heard-name', new RegExp(`^${last}$`));
    await textMatches(tab, 'listen-status', new RegExp(`^${last}: `));
    // nothing that was slower comes after it
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(await textOf(tab, 'heard-name')).toBe(last);
    expect(await textOf(tab, 'heard-time')).toMatch(/^1\.00 s/);
    const answers = await tab.$eval(
      '#heard-name',
      (node) => (node as HTMLElement).dataset['answers'] ?? '',
    );
    const answered = answers.split(',').slice(1);
    expect(answered.at(-1)).toBe(last);
    // those that nobody waits for any more are not heard: the last does not have to wait for them
    expect(answered.length).toBeLessThan(drops / 2);
    await tab.click('#to-look');
    await tab.waitForSelector('#looked .plot');
    expect(await textOf(tab, 'look-name')).toBe(last);
    const [first = 0, latest = 0] = [memory[0], memory.at(-1)];
    expect(latest - first, 'MB more than at first').toBeLessThan(GROWTH);
    keepResults(`page-drops-${browser().name}`, {
      drops,
      answered: answered.length,
      memoryMegabytes: memory,
    });
    await tab.close();
  });

  it('reads a model folder of hostile names, and says what is wrong with a false one', async () => {
    const labels = sortedUnique(fileNames.slice(0, 40));
    const model = join(folder, 'model');
    const trained = tinyModel();
    const [first, second] = trained.model.heads;
    if (isRegression(first!)) throw new Error('the first task has classes');
    const heads = [{ ...first!, classes: labels.length }, second!];
    const config = { ...trained.model, heads };
    await writeModel(new NodeFiles(), model, {
      ...trained,
      model: config,
      labels: { ...trained.labels, emotion: labels },
      parameters: initialParameters(config, 3),
      provenance: { ...trained.provenance, data: '</p><img src=x onerror=alert(1)>' },
    });
    const tab = await open();
    await tab.select('#model-choice', 'own');
    await chooseFolder(browser(), tab, 'model-folder', model);
    await textMatches(tab, 'model-about', /<\/p><img src=x onerror=alert\(1\)>/);
    await drop(tab, 'drop', [['a.wav', 1]]);
    await textMatches(tab, 'heard-name', /^a\.wav$/);
    expect(await tab.$$('#main img, #main script, #main svg[onload]')).toEqual([]);

    const bad = async (name: string, change: (path: string) => Promise<void>, says: RegExp) => {
      const own = join(folder, name);
      await mkdir(own);
      for (const file of ['config.json', 'model.safetensors']) {
        await writeFile(join(own, file), await readFile(join(model, file)));
      }
      await change(own);
      await chooseFolder(browser(), tab, 'model-folder', own);
      await complains(tab, 'listen-error', says);
    };
    const weights = (own: string) => join(own, 'model.safetensors');
    await bad('short', (own) => truncate(weights(own), 1000), /model\.safetensors/);
    await bad('empty', (own) => truncate(weights(own), 0), /model\.safetensors/);
    await bad(
      'text',
      (own) => writeFile(join(own, 'config.json'), '<script>'),
      /config\.json.*JSON/,
    );
    await bad(
      'huge',
      async (own) => {
        const text = await readFile(join(own, 'config.json'), 'utf8');
        const units = text.replace(/"units": 4\b/, '"units": 400000');
        expect(units).not.toBe(text);
        await writeFile(join(own, 'config.json'), units);
      },
      /config\.json|model\.safetensors/,
    );
    // the model of before still answers
    await drop(tab, 'drop', [['b.wav', 1]]);
    await textMatches(tab, 'heard-name', /^b\.wav$/);
    await tab.close();
  });

  it.runIf(megabytes > 0)(
    `hears a recording of ${megabytes} MB, or says that it is too large`,
    async () => {
      const tab = await open();
      const began = performance.now();
      const before = await megabytesOf(browser());
      let most = before;
      await drop(tab, 'drop', [['large.wav', Math.floor((megabytes * 1e6) / 32_000)]]);
      const ended = async () => {
        most = Math.max(most, await megabytesOf(browser()));
        return tab.evaluate(
          () =>
            document.getElementById('heard-name')?.textContent === 'large.wav' ||
            document.getElementById('listen-error')?.hidden === false,
        );
      };
      await expect.poll(ended, { timeout: 540_000, interval: 1000 }).toBe(true);
      const seconds = (performance.now() - began) / 1000;
      const said = await tab.$eval('#listen-error', (node) =>
        (node as HTMLElement).hidden ? 'heard' : node.textContent,
      );
      expect(said).not.toContain('This is a bug');
      await drop(tab, 'drop', [['small.wav', 1]]);
      await textMatches(tab, 'heard-name', /^small\.wav$/);
      keepResults(`page-large-${browser().name}`, {
        megabytes,
        seconds,
        said,
        memoryMegabytes: { before, most, after: await megabytesOf(browser()) },
      });
      await tab.close();
    },
    600_000,
  );
}
