import { mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Page } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { encodeWav } from '../../../src/audio/wav.js';
import { isRegression } from '../../../src/core/heads.js';
import { sortedUnique } from '../../../src/core/order.js';
import { NodeFiles, writeModel } from '../../../src/index.js';
import { initialParameters } from '../../../src/network/init.js';
import { renderExperiment } from '../../../src/report/experiment/report.js';
import { corpusFiles } from '../../data/corpus-files.js';
import { allNames, innocentFor } from '../../faults/injection/names.js';
import { tinyModel } from '../../model/tiny-model.js';
import { renamedWithAll } from '../../report/experiment/renamed.js';
import { countFrom, keepResults } from '../../support/results.js';
import type { TestBrowser } from '../browser.js';
import { pageBuild } from '../builds.js';
import { chooseFolder, openPage, saved, shown, textMatches, textOf } from '../page.js';
import { openSite, type Site } from '../site.js';
import { voice } from '../voice.js';

/** Recordings dropped one after another, each before the one before is answered. */
const drops = countFrom('ALSTM_FAULT_DROPS', 20);
/** Megabytes of a recording that is dropped. */
const megabytes = countFrom('ALSTM_FAULT_MEGABYTES', 0);

/** What may be the name of a file. */
const names = allNames
  .map(([, name]) => name)
  .filter((name) => !/[/\0]/.test(name) && name.length < 1000);

/** The page, where names, files, models, tabs and the browser's storage are against it. */
export function attackedTests(browser: () => TestBrowser): void {
  let folder: string;
  let site: Site;
  /** The policy of the guide, as a header: it binds workers too. */
  let policy: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'alstm-attacked-'));
    const corpus = Object.entries(corpusFiles(8)).filter(([path]) => path.endsWith('.wav'));
    for (const [i, [path, bytes]] of corpus.entries()) {
      // names that every object has already, and that would be markup
      const label = i % 2 === 0 ? '__proto__' : '<b>constructor';
      const file = join(folder, 'corpus', label, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, bytes);
    }
    const guide = await readFile('test/guides/browser.md', 'utf8');
    policy = /^Content-Security-Policy: (.*)$/m.exec(guide)?.[1] ?? '';
    const headers = { 'content-security-policy': policy };
    site = await openSite(
      browser(),
      { folders: { '/': await pageBuild() }, headers },
      { quiet: true },
    );
  });
  afterEach(() => expect(site.problems()).toEqual([]));
  afterAll(async () => {
    await site.close();
    await rm(folder, { recursive: true });
  });

  /** A tab in which a dialog, such as of a script from a name, is a failure. */
  async function open(hash = ''): Promise<Page> {
    const tab = await openPage(site, hash);
    tab.on('dialog', (dialog) => {
      if (dialog.message() !== 'evil') void dialog.accept();
      throw new Error(`a dialog says ${dialog.message()}`);
    });
    return tab;
  }

  /** Drops files of such names, of so many seconds each; 0: no audio. */
  const drop = (tab: Page, place: string, files: readonly (readonly [string, number])[]) =>
    tab.evaluate(
      (place, files, header) => {
        const data = new DataTransfer();
        for (const [name, seconds] of files) {
          const samples = new Int16Array(16_000 * seconds);
          for (let n = 0; n < samples.length; n++) {
            samples[n] = 8000 * Math.sin(n / 20) * Math.sin(n / 3000);
          }
          const wav = Uint8Array.from(header, (byte) => byte);
          new DataView(wav.buffer).setUint32(4, 36 + samples.byteLength, true);
          new DataView(wav.buffer).setUint32(40, samples.byteLength, true);
          data.items.add(new File(seconds === 0 ? ['no audio'] : [wav, samples], name));
        }
        const event = new DragEvent('drop', { dataTransfer: data, bubbles: true });
        document.getElementById(place)?.dispatchEvent(event);
      },
      place,
      files,
      [...encodeWav(new Float32Array(0), 16_000).subarray(0, 44)],
    );

  /** Waits for an error: the words of one before may still stand there, hidden. */
  async function complains(tab: Page, id: string, says: RegExp): Promise<void> {
    await shown(tab, id);
    await textMatches(tab, id, says);
  }

  /** Elements and attributes of a part of the page, without the words. */
  const shapeOf = (tab: Page, id: string) =>
    tab.$eval(`#${id}`, (part) =>
      Array.from(part.querySelectorAll('*'), ({ tagName, attributes }) =>
        [tagName, ...Array.from(attributes, ({ name }) => name).sort()].join(' '),
      ),
    );

  it('has a policy that leaves a name or a stray script nothing to do, and no more in it than works', async () => {
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
            resolve(new Function('return true')() as boolean);
          } catch {
            resolve(false);
          }
        }, 50),
      );
      return { found: [...new Set(found)].sort(), evil: 'evil' in globalThis, evaluated };
    });
    site.problems(); // the console tells of each
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
      const files = names.map((name, i) => [`${1000 + i}-${nameOf(name)}`, 0] as const);
      await drop(tab, 'drop', files);
      await textMatches(
        tab,
        'several-time',
        new RegExp(`^${names.length} failed$|; ${names.length} failed$`),
      );
    }
    expect(await shapeOf(hostile, 'several')).toEqual(await shapeOf(plain, 'several'));
    const told = await hostile.$$eval('.recordings tbody th', (all) =>
      all.map((th) => th.textContent),
    );
    expect(told.join('')).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
    expect(told).toContain(`1000-${names[0]}`);
    const rows = JSON.parse(
      (await saved(browser(), hostile, 'several-json', 'recordings.json')).toString(),
    ) as { path: string }[];
    expect(rows.map(({ path }) => path)).toEqual(names.map((name, i) => `${1000 + i}-${name}`));
    await plain.close();

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
    const seconds = (n: number): number => (n % 2 === 0 ? 6 : 1);
    for (let n = 0; n < drops; n++) {
      await drop(tab, 'drop', [[`take ${n}.wav`, seconds(n)]]);
      if (n % 10 === 9) memory.push(await heapOf(tab));
    }
    const last = `take ${drops - 1}.wav`;
    await textMatches(tab, 'heard-name', new RegExp(`^${last}$`));
    await textMatches(tab, 'listen-status', new RegExp(`^${last}: `));
    // nothing that was slower comes after it
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(await textOf(tab, 'heard-name')).toBe(last);
    expect(await textOf(tab, 'heard-time')).toMatch(/^1\.00 s/);
    await tab.click('#to-look');
    await tab.waitForSelector('#looked .plot');
    expect(await textOf(tab, 'look-name')).toBe(last);
    keepResults(`page-drops-${browser().name}`, { drops, heapMegabytes: memory });
    await tab.close();
  });

  it('reads a model folder of hostile names, and says what is wrong with a false one', async () => {
    const labels = sortedUnique(names.slice(0, 40));
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

  /** Ends training, if it has not ended by itself. */
  async function stop(tab: Page): Promise<void> {
    await tab.$eval('#train-stop', (button) => {
      if (!(button as HTMLElement).hidden) (button as HTMLElement).click();
    });
    await textMatches(tab, 'train-status', /^(?:Stopped|Finished).*\d+ epochs/);
  }

  it('trains in one of two tabs, and in the other once the first is closed', async () => {
    const [first, second] = [await open('#train'), await open('#train')];
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
    const third = await open('#train');
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
    const limit = await browser().limitStorage(tab, site.origin);
    await chooseFolder(browser(), tab, 'corpus-folder', join(folder, 'corpus'));
    await complains(tab, 'train-error', /gives this page no more storage/);
    expect(await storedIn(tab)).toEqual([]); // no part of it
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

  it.runIf(megabytes > 0)(
    `hears a recording of ${megabytes} MB, or says that it is too large`,
    async () => {
      const tab = await open();
      const began = performance.now();
      await drop(tab, 'drop', [['large.wav', Math.floor((megabytes * 1e6) / 32_000)]]);
      await tab.waitForFunction(
        () =>
          document.getElementById('heard-name')?.textContent === 'large.wav' ||
          document.getElementById('listen-error')?.hidden === false,
        { timeout: 500_000, polling: 500 },
      );
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
        heap: await heapOf(tab),
      });
      await tab.close();
    },
  );
}

/** Megabytes that the page's objects take, where the browser says it. */
async function heapOf(tab: Page): Promise<number> {
  const { JSHeapUsedSize = 0 } = await tab.metrics().catch(() => ({ JSHeapUsedSize: 0 }));
  return Math.round(JSHeapUsedSize / 1e5) / 10;
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
