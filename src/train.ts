import { resolve } from 'node:path';
import { integer, oneOf } from './core/schema.js';
import { userCacheFolder } from './platform/node/cache.js';
import { openEngine } from './platform/node/engine.js';
import { NodeFiles } from './platform/node/files.js';
import { type AdapterChoice, adapterChoices } from './platform/node/open-gpu.js';
import { recordingThreads } from './platform/node/recording-threads.js';
import { checkOptions, type CorpusTrainOptions } from './training/corpus-options.js';
import { trainCorpus } from './training/train-corpus.js';
import { train as trainData, type RunResult, type TrainOptions } from './training/trainer.js';

/** How `train` makes a model of a corpus on disk. */
export interface TrainCorpusOptions extends CorpusTrainOptions {
  /** Which adapter computes; default: a GPU, else a software adapter. */
  readonly adapter?: AdapterChoice | undefined;
  /** Threads that decode recordings and compute features; default: as many as there are cores. */
  readonly workers?: number | undefined;
}

/**
 * Trains a model on a corpus into a run folder: reads the recordings, computes their features, opens a device, trains,
 * and closes the device. `signal` stops it, and `resume: true` goes on from where it stopped.
 *
 * @example
 * const { model, best } = await train({ manifest: 'speech.csv', out: 'runs/first', epochs: 20, units: 32 });
 * console.log(best?.validation?.accuracy);
 * const alstm = await open(model);
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
  checkOptions(options, { adapter: oneOf(adapterChoices), workers: integer(1) });
  const { log, tune, cooperative, adapter } = options;
  const cache = options.cache ?? userCacheFolder().replaceAll('\\', '/');
  return trainCorpus(options, {
    files: new NodeFiles(),
    cache,
    openEngine: () => openEngine({ adapter, cache, log }),
    workers: recordingThreads({
      workers: options.workers,
      warn: (line) => void log?.(`warning: ${line}`),
    }),
    tuning: {
      mode: tune === undefined ? 'gpu' : tune ? 'always' : 'never',
      ...(cooperative !== undefined && { cooperative }),
      cache,
    },
    absolute: (path) => resolve(path).replaceAll('\\', '/'),
  });
}
