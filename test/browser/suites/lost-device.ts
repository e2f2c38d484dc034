import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { NodeFiles, type Engine, type Prediction, type Predictor } from '../../../src/index.js';
import { writeModel } from '../../../src/model/folder.js';
import { tinyModel } from '../../model/tiny-model.js';
import type { TestBrowser } from '../browser.js';
import { corpus } from '../lab.js';
import { openLibrary } from '../library.js';
import type { Site } from '../site.js';

const recordings = Object.keys(corpus).filter((path) => path.endsWith('.wav'));

/** What a page's tests have put there. */
interface Booth {
  readonly engines: Engine[];
  readonly lines: string[];
  readonly predictor: Predictor;
  /** Recordings answered so far, in the order of their answers. */
  readonly answered: string[];
  predictAll(): Promise<(Pick<Prediction, 'tasks'> & { attention: number[] })[]>;
}

declare global {
  var booth: Booth;
  var predicting: ReturnType<Booth['predictAll']>;
}

export function lostDeviceTests(browser: () => TestBrowser): void {
  let folder: string;
  let site: Site;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'alstm-lost-'));
    await writeModel(new NodeFiles(), folder, tinyModel());
    const served = Object.entries(corpus).map(([path, bytes]) => [`/corpus/${path}`, bytes]);
    site = await openLibrary(browser(), {
      folders: { '/model/': folder },
      files: Object.fromEntries(served) as Record<string, string | Uint8Array>,
    });
  });
  afterEach(() => expect(site.problems()).toEqual([]));
  afterAll(async () => {
    await site.close();
    await rm(folder, { recursive: true });
  });

  /** A page with a predictor that opens another device after a loss. */
  async function openBooth() {
    const page = await site.open();
    await page.evaluate(async (recordings) => {
      const { OverlayFiles, UrlFiles, openBrowserEngine, Predictor } = alstm;
      const files = new OverlayFiles({
        '/model': new UrlFiles('/model'),
        '/corpus': new UrlFiles('/corpus'),
      });
      const engines: Engine[] = [];
      const lines: string[] = [];
      const answered: string[] = [];
      const open = async () => {
        const engine = await openBrowserEngine();
        engines.push(engine);
        return engine;
      };
      const options = { reopen: open, log: (line: string) => lines.push(line) };
      const predictor = await Predictor.load(await open(), files, '/model', options);
      globalThis.booth = {
        engines,
        lines,
        answered,
        predictor,
        async predictAll() {
          const all = [];
          for (const path of recordings) {
            const { tasks, attention } = await predictor.predictFile(files, `/corpus/${path}`);
            answered.push(path);
            all.push({ tasks, attention: [...attention] });
          }
          return all;
        },
      };
    }, recordings);
    return page;
  }

  it.each(['destroyed', 'gone with the GPU process'])(
    'predicts on when its device is %s, to the same bits',
    async (way) => {
      const page = await openBooth();
      const expected = await page.evaluate(() => booth.predictAll());
      expect(expected).toHaveLength(recordings.length);
      await page.evaluate(() => {
        booth.answered.length = 0;
        globalThis.predicting = booth.predictAll();
      });
      await page.waitForFunction(() => booth.answered.length >= 2, { polling: 1 });
      if (way === 'destroyed') await page.evaluate(() => booth.engines[0]?.gpu.device.destroy());
      else await browser().killGpuProcess();
      const got = await page.evaluate(() => predicting);
      const { answered, lines, engines } = await page.evaluate(() => ({
        answered: booth.answered,
        lines: booth.lines,
        engines: booth.engines.length,
      }));
      expect(got).toEqual(expected);
      expect(answered).toEqual(recordings);
      expect(engines).toBe(2);
      expect(lines).toEqual([
        expect.stringMatching(
          /^the GPU device was lost: .+: computing the batch again on a new device$/,
        ),
      ]);
      await page.close();
    },
  );
}
