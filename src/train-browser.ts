import { z } from 'zod';
import type { Files } from './core/files.js';
import type { FileLike } from './core/host-types.js';
import { joinPath } from './core/paths.js';
import { oneOf } from './core/schema.js';
import { BlobFiles } from './platform/browser/blob-files.js';
import { openBrowserEngine, type BrowserEngineOptions } from './platform/browser/engine.js';
import { OpfsFiles } from './platform/browser/opfs-files.js';
import { OverlayFiles } from './platform/browser/overlay.js';
import { checkOptions, type CorpusTrainOptions } from './training/corpus-options.js';
import { trainCorpus } from './training/train-corpus.js';
import { train as trainData, type RunResult, type TrainOptions } from './training/trainer.js';

/** How `train` makes a model of a corpus in a page. */
export interface TrainCorpusOptions extends CorpusTrainOptions, Omit<BrowserEngineOptions, 'log'> {
  /**
   * Chosen files, with a folder's paths as the browser gives them: `data` or `manifest` is one of these, and the run is
   * written to the browser's storage (OPFS). Or where everything is, also the run. Default: the browser's storage.
   */
  readonly files?: Iterable<FileLike> | ArrayLike<FileLike> | Files | undefined;
}

/** Where chosen files are, beside the browser's storage. */
const CHOSEN = '/chosen';

/**
 * Trains a model on a corpus into a run folder: reads the recordings, computes their features, opens a device, trains,
 * and closes the device. `signal` stops it, and `resume: true` goes on from where it stopped. In a worker, the page stays
 * responsive.
 *
 * @example
 * const { model } = await train({ files, manifest: 'speech.csv', out: 'runs/first', epochs: 20 });
 * const alstm = await open(model, { files: new OpfsFiles() });
 *
 * @param options as those of `alstm train`; or, with an engine, as described at `TrainOptions`
 * @throws UsageError for a wrong option, which it names; FileError, CorpusError, ConfigError, AudioError, as
 *   loadTrainingData; AdapterError if there is no device or the model does not fit; ConfigError if training diverges;
 *   WriteError; DeviceLostError, only after three losses without progress
 */
export function train(options: TrainOptions): Promise<RunResult>;
export function train(options: TrainCorpusOptions): Promise<RunResult>;
export async function train(options: TrainOptions | TrainCorpusOptions): Promise<RunResult> {
  if ('engine' in options) return trainData(options);
  checkOptions(options, {
    files: z.custom((value) => typeof value === 'object' && value !== null, 'files'),
    powerPreference: oneOf(['low-power', 'high-performance']),
    gpu: z.custom((value) => typeof value === 'object' && value !== null, 'a GPU'),
  });
  const { files = new OpfsFiles(), log, tune, cooperative, powerPreference, gpu, cache } = options;
  const chosen = 'makeFolder' in files ? undefined : BlobFiles.ofInput(files);
  const all = chosen
    ? new OverlayFiles({ '/': new OpfsFiles(), [CHOSEN]: chosen })
    : (files as Files);
  return trainCorpus(options, {
    files: all,
    cache,
    openEngine: () => openBrowserEngine({ powerPreference, gpu, log }),
    tuning: tune
      ? { mode: 'always', ...(cooperative && { cooperative }), cache: cache ?? 'cache' }
      : undefined,
    absolute: (path) => (chosen ? joinPath(CHOSEN, path) : path),
  });
}
