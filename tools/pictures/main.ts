/**
 * Makes the pictures of README and the guides: builds the page, does something real in each of its parts in headless Chromium, on SwiftShader, makes
 * a report, and writes what they show to bench/pictures/, in light and dark. Also draws the icons of the page.
 *
 *     npm run pictures -- [--only listen,look] [--out bench/pictures]
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import type { Page } from 'puppeteer-core';
import { AlstmError, messageOf, UsageError } from '../../src/core/errors.js';
import { makeDemoCorpus } from '../../src/demo/corpus.js';
import { loadSpeech } from '../../src/demo/speech.js';
import { NodeFiles } from '../../src/platform/node/files.js';
import type { TestBrowser } from '../../test/browser/browser.js';
import { startChromium } from '../../test/browser/chromium.js';
import { openPage } from '../../test/browser/page.js';
import { openSite } from '../../test/browser/site.js';
import { makeIcons } from './icons.js';
import { demoReport, EXPERIMENT, reportScenes, type ReportScene } from './reports.js';
import { scenes, type Scene } from './scenes.js';
import { PictureError, shoot } from './shoot.js';

/** Of the page's own content, with its margins. */
const WIDTH = 1056;
/** Of each speaker and emotion. */
const SENTENCES = 4;
const PAGE = join('dist', 'web');

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    out: { type: 'string', default: join('bench', 'pictures') },
  },
});

interface Wanted {
  /** Of the page: also those that a wanted one goes on from. */
  readonly ofPage: readonly Scene[];
  readonly ofReports: readonly ReportScene[];
}

function wanted(): Wanted {
  const known = [...scenes, ...reportScenes].map(({ name }) => name);
  const names = values.only?.split(',') ?? known;
  const wrong = names.find((name) => !known.includes(name));
  if (wrong !== undefined) {
    throw new UsageError(`there is no picture ${wrong}`, `There are ${known.join(', ')}.`);
  }
  const needed = new Set(names);
  [...scenes].reverse().forEach(({ name, opens }, i, reversed) => {
    const before = reversed[i + 1];
    if (needed.has(name) && opens === undefined && before !== undefined) needed.add(before.name);
  });
  return {
    ofPage: scenes.filter(({ name }) => needed.has(name)),
    ofReports: reportScenes.filter(({ name }) => needed.has(name)),
  };
}

async function main(): Promise<void> {
  const { ofPage, ofReports } = wanted();
  const work = await mkdtemp(join(tmpdir(), 'alstm-pictures-'));
  const ended = new AbortController();
  const browser = await startChromium();
  try {
    // Beside the pictures of the page; awaited before anything is timed.
    const needsDemo = ofReports.some(({ report }) => report === 'demo');
    const demo = needsDemo ? demoReport(work, ended.signal) : undefined;
    demo?.catch(() => undefined);
    await makeIcons(browser.puppeteer);
    await promisify(execFile)(process.execPath, [join('tools', 'build-web.mjs')]);
    const corpus = join(work, 'corpus');
    const options = { seed: 0, sentences: SENTENCES };
    await makeDemoCorpus(new NodeFiles(), await loadSpeech(), corpus, options);
    const isTimed = ({ timed = false }: Scene) => timed;
    await pagePictures(
      browser,
      corpus,
      ofPage.filter((scene) => !isTimed(scene)),
    );
    const paths = { experiment: resolve(EXPERIMENT), demo: (await demo) ?? '' };
    for (const scene of ofReports) await reportPicture(browser, scene, paths[scene.report]);
    await pagePictures(browser, corpus, ofPage.filter(isTimed));
  } finally {
    ended.abort();
    await browser.close();
    await rm(work, { recursive: true, force: true });
  }
}

async function pagePictures(
  browser: TestBrowser,
  corpus: string,
  wanted: readonly Scene[],
): Promise<void> {
  const site = await openSite(browser, { folders: { '/': resolve(PAGE) } }, { quiet: true });
  let tab: Page | undefined;
  try {
    for (const scene of wanted) {
      if (scene.opens !== undefined) {
        await tab?.close();
        tab = await openPage(site, scene.opens);
        await prepare(tab);
      }
      if (tab === undefined) throw new Error(`no page is open for ${scene.name}`);
      if (scene.needs !== undefined && (await tab.$(scene.needs)) === null) {
        process.stdout.write(`${scene.name}: left out, the page has no ${scene.needs}\n`);
        continue;
      }
      await scene.act(tab, { corpus });
      await refuseFaults(tab, scene.name, site.problems());
      await shoot(tab, values.out, scene.name, scene);
    }
  } finally {
    await tab?.close();
    await site.close();
  }
}

async function reportPicture(
  { puppeteer }: TestBrowser,
  scene: ReportScene,
  path: string,
): Promise<void> {
  const tab = await puppeteer.newPage();
  await prepare(tab);
  await tab.goto(pathToFileURL(path).href);
  await shoot(tab, values.out, scene.name, scene);
  await tab.close();
}

/** High enough that nothing is scrolled while a scene is acted. */
async function prepare(tab: Page): Promise<void> {
  await tab.setViewport({ width: WIDTH, height: 2600, deviceScaleFactor: 2 });
}

async function refuseFaults(tab: Page, name: string, problems: readonly string[]): Promise<void> {
  const told = await tab.$$eval('.error:not([hidden])', (all) =>
    all.map((node) => node.textContent),
  );
  const [fault] = [...told, ...problems];
  if (fault !== undefined) throw new PictureError(`the page shows a fault in ${name}: ${fault}`);
}

try {
  await main();
} catch (error) {
  const hint = error instanceof AlstmError ? error.hint : '';
  process.stderr.write(`pictures: ${messageOf(error)}\n${hint === '' ? '' : `${hint}\n`}`);
  process.exitCode = 1;
}
