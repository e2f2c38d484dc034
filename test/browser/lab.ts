import type { Page } from 'puppeteer-core';
import type { Engine } from '../../src/browser.js';
import { corpusFiles } from '../data/corpus-files.js';

/** Small recordings of three speakers, and the settings of a network that learns them in seconds. */
export const corpus = corpusFiles(8);
export const corpusPaths = Object.keys(corpus);
export const source = { corpus: 'manifest', path: '/corpus/manifest.csv', seed: 0 };
export const settings = {
  preset: 'alstm-1',
  model: {
    frontend: { units: 16 },
    recurrent: { cell: 'a-lstm', units: 8, period: 2 },
    heads: [{ task: 'emotion', hidden: 8 }],
  },
  training: { epochs: 6, batch: 4, learningRate: 0.005 },
} as const;

/** What an error says, since only data comes out of a page. */
export interface Told {
  readonly name: string;
  readonly message: string;
  readonly hint: string | undefined;
}

interface Outcome {
  /** Mean training loss of each epoch. */
  readonly losses: number[];
  readonly stopped: string;
  /** SHA-256 of the best model's weights, and of the last checkpoint. */
  readonly digests: string[];
}

interface Lab {
  readonly files: InstanceType<typeof alstm.OverlayFiles>;
  engine: Engine | undefined;
  /** Epochs done by the run that is under way. */
  epochs: number;
  /** Trains in `/opfs/<run>`, and loses the device after an epoch; an error is told, not thrown. */
  train(run: string, options?: { resume?: boolean; loseAfter?: number }): Promise<Outcome | Told>;
}

declare global {
  /** In the page: what `setUpLab` has put there. */
  var lab: Lab;
}

/** A page with the corpus at /corpus, its own storage at /opfs, and an engine. */
export async function setUpLab(page: Page): Promise<Page> {
  await page.evaluate(
    async (paths, source, settings) => {
      const { OpfsFiles, OverlayFiles, UrlFiles, openBrowserEngine } = alstm;
      const files = new OverlayFiles({
        '/opfs': new OpfsFiles(),
        '/corpus': new UrlFiles('/corpus', { paths }),
      });
      const digest = async (path: string) => {
        const bytes = (await files.read(path)) as Uint8Array<ArrayBuffer>;
        return Array.from(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))).join(' ');
      };
      const data = await alstm.loadTrainingData(files, source);
      globalThis.lab = {
        files,
        engine: await openBrowserEngine(),
        epochs: 0,
        async train(run, { resume = false, loseAfter } = {}) {
          lab.epochs = 0;
          lab.engine ??= await openBrowserEngine();
          const out = `/opfs/${run}`;
          try {
            const { log, model, stopped } = await alstm.train({
              engine: lab.engine,
              files,
              out,
              data,
              resume,
              ...(resume ? {} : { settings }),
              onProgress: (progress) => {
                if (progress.kind !== 'epoch') return;
                lab.epochs = progress.log.epoch;
                if (lab.epochs !== loseAfter) return;
                setTimeout(() => lab.engine?.gpu.device.destroy()); // in the middle of the next one
              },
            });
            const checkpoint = (await files.list(`${out}/checkpoints`)).at(-1);
            return {
              losses: log.map(({ train }) => train.total),
              stopped,
              digests: [
                await digest(`${model}/model.safetensors`),
                await digest(`${out}/checkpoints/${checkpoint}`),
              ],
            };
          } catch (error) {
            lab.engine = undefined;
            const { name, message, hint } = error as Told;
            return { name, message, hint };
          }
        },
      };
    },
    corpusPaths,
    source,
    settings,
  );
  return page;
}
