/** What Train asks of the worker. */
import { lastRecurrent, layersOf } from '../../core/layers.js';
import { UsageError } from '../../core/errors.js';
import type { Files } from '../../core/files.js';
import { joinPath } from '../../core/paths.js';
import { modelFolderOf } from '../../model/folder.js';
import { Predictor } from '../../inference/predictor.js';
import type { RunSettings } from '../../runs/settings.js';
import { loadTrainingData, type RunData } from '../../data/source.js';
import { evaluate } from '../../scoring/evaluate.js';
import { readLog } from '../../runs/log.js';
import type { Evaluation } from '../../metrics/metrics.js';
import { readRunConfig } from '../../runs/folder.js';
import { recordingWebWorkers } from '../../platform/browser/recording-workers.js';
import { trainWithRecovery } from '../../training/train-with-recovery.js';
import type { TrainOptions, TrainProgress } from '../../training/trainer.js';
import type { Argument, Kept, TrainResult, TrainSettings, WorkerEvent } from '../protocol.js';
import { reopenEngine, theEngine } from './engine.js';
import { opfs } from './files.js';
import { keptData, takeData as keepData } from './take-data.js';
import { CACHE, HOME, MANIFEST, TRAINED } from './train-folder.js';

type Tell = (event: WorkerEvent) => void;

const SEED = 0;
/** A fifth: with the default tenth, small collections would be validated on almost nothing. */
const VALIDATION_SHARE = 0.2;
/** Epochs below the best after which training ends. */
const PATIENCE = 10;

let running: AbortController | undefined;

export async function takeData({ files }: Argument<'takeData'>, tell: Tell) {
  return alone(() =>
    keepData(opfs(), files, (done, total) => {
      tell({ kind: 'progress', of: 'data', done, total });
    }),
  );
}

export async function kept(): Promise<Kept | undefined> {
  const files = opfs();
  const data = await keptData(files);
  if (data === undefined) {
    // what a tab has left that was closed while it stored recordings
    await forget().catch(() => undefined); // another tab may be storing them now
    return undefined;
  }
  if (!(await files.exists(joinPath(TRAINED, 'config.json')))) {
    return { data, settings: undefined, log: [], done: false };
  }
  const { model, training } = await readRunConfig(files, TRAINED);
  const { epochs, batch, learningRate } = training;
  const { cell, units } = lastRecurrent(model);
  const layers = layersOf(model);
  const recurrentLayers = layers.filter(({ kind }) => kind === 'recurrent').length;
  const subsample = layers.reduce(
    (by, layer) => by * (layer.kind === 'subsample' ? layer.by : 1),
    1,
  );
  const log = await readLog(files, TRAINED);
  const settings = { cell, units, recurrentLayers, subsample, epochs, batch, learningRate };
  return { data, settings, log, done: log.length >= epochs };
}

export async function forget(): Promise<void> {
  await alone(() => opfs().remove(HOME));
}

export function pause(): void {
  running?.abort();
}

/** Trains, or resumes, until the end or until `pause`; everything is stored along the way. */
export async function train(
  { settings, resume }: Argument<'train'>,
  tell: Tell,
): Promise<TrainResult> {
  return alone(() => trainAlone(settings, resume, tell));
}

async function trainAlone(
  settings: TrainSettings | undefined,
  resume: boolean,
  tell: Tell,
): Promise<TrainResult> {
  const control = new AbortController();
  running = control;
  try {
    const files = opfs();
    const engine = await theEngine();
    const data = await loadData(files, resume, tell);
    if (!resume) await files.remove(TRAINED);
    else await tellLog(files, tell);
    const live = new LiveEvaluation(data, tell);
    const run: TrainOptions = {
      engine,
      files,
      out: TRAINED,
      data,
      resume,
      seed: SEED,
      ...(!resume && settings && { settings: settingsOf(settings, data) }),
      signal: control.signal,
      log: (line) => tell({ kind: 'note', line }),
      onProgress: (progress) => {
        tell(eventOf(progress));
        if (progress.kind === 'epoch' && progress.log.best) live.begin();
      },
    };
    const result = await trainWithRecovery(run, reopenEngine);
    await live.ended();
    const evaluation = result.best && (await evaluateBest(data, tell));
    const { stopped, log, best } = result;
    return { stopped, log, bestEpoch: best?.epoch, evaluation };
  } finally {
    running = undefined;
  }
}

async function tellLog(files: Files, tell: Tell): Promise<void> {
  const { epochs } = (await readRunConfig(files, TRAINED)).training;
  tell({ kind: 'resumed', epochs, log: await readLog(files, TRAINED) });
}

/** The features of the recordings, computed on all cores. */
async function loadData(files: Files, resume: boolean, tell: Tell): Promise<RunData> {
  const warn = (line: string): void => tell({ kind: 'note', line });
  const start = (): Worker =>
    new Worker(new URL('./recordings.ts', import.meta.url), { type: 'module' });
  const workers = recordingWebWorkers({ start, files, warn });
  try {
    return await loadTrainingData(
      files,
      { corpus: 'manifest', path: MANIFEST, seed: SEED, validationShare: VALIDATION_SHARE },
      {
        cache: CACHE,
        workers,
        allowUntrained: resume,
        warn,
        onProgress: (done, total) => tell({ kind: 'progress', of: 'features', done, total }),
      },
    );
  } finally {
    await workers.close();
  }
}

/** Files of the best model by name. */
export async function trainedModel(): Promise<Record<string, Uint8Array>> {
  const folder = modelFolderOf(TRAINED);
  const files = opfs();
  const names = (await files.list(folder)).filter((name) => !name.startsWith('.'));
  const read = names.map(async (name) => [name, await files.read(joinPath(folder, name))] as const);
  return Object.fromEntries(await Promise.all(read));
}

/** Scores of the best model during training: one evaluation at a time. */
class LiveEvaluation {
  #running: Promise<void> | undefined;

  constructor(
    private readonly data: RunData,
    private readonly tell: Tell,
  ) {}

  begin(): void {
    this.#running ??= evaluateBest(this.data, this.tell)
      .then((evaluation) => this.tell({ kind: 'evaluation', evaluation }))
      // The next best model may be written while this one is read: the end of the run evaluates again.
      .catch(() => undefined)
      .finally(() => (this.#running = undefined));
  }

  async ended(): Promise<void> {
    await this.#running;
  }
}

async function evaluateBest(data: RunData, tell: Tell): Promise<Evaluation> {
  const predictor = await Predictor.load(await theEngine(), opfs(), TRAINED, {
    reopen: reopenEngine,
    log: (line) => tell({ kind: 'note', line }),
  });
  try {
    return await evaluate(predictor, data.validation);
  } finally {
    predictor.destroy();
  }
}

/** One training run per origin, however many tabs: all would write to the same folder. */
function alone<T>(job: () => Promise<T>): Promise<T> {
  return navigator.locks.request('alstm-train', { ifAvailable: true }, (lock) => {
    if (lock !== null) return job();
    throw new UsageError(
      'a training run is in progress',
      'Pause or stop it first, here or in another tab.',
    );
  }) as Promise<T>;
}

/** Dense layers scale with the recurrent one, so that one number sets the model's size. */
function settingsOf(
  { cell, units, recurrentLayers, subsample, ...training }: TrainSettings,
  { labels }: RunData,
): RunSettings {
  return {
    preset: 'alstm-1', // what the form says is all there is
    model: {
      dropout: 0.3,
      frontend: { units: 2 * units },
      recurrent: { cell, units },
      recurrentLayers,
      subsample: { by: subsample },
      heads: Object.keys(labels).map((task) => ({ task, hidden: 2 * units })),
    },
    training: { ...training, patience: PATIENCE },
  };
}

function eventOf(progress: TrainProgress): WorkerEvent {
  if (progress.kind === 'epoch') return progress;
  const { step, epoch, epochs, batch, batches, loss, framesPerSecond } = progress;
  const share = (epoch - 1 + batch / batches) / epochs;
  return { kind: 'step', step, epoch, epochs, share, loss, framesPerSecond };
}
