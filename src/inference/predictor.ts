import type { ModelConfig } from '../core/config.js';
import { UsageError } from '../core/errors.js';
import type { Files } from '../core/files.js';
import { byUtterance, normaliseAll, type Normalisation } from '../features/normalise.js';
import { FEATURE_COUNT, HOP, RATE, WINDOW } from '../features/settings.js';
import {
  featuresOfFile,
  featuresOfSamples,
  type FeatureOptions,
  type UtteranceFeatures,
} from '../features/utterance.js';
import type { Engine } from '../gpu/engine.js';
import type { KernelPlan } from '../network/plan.js';
import { checkFeatures, notFinite } from './checks.js';
import { LastingSession } from './lasting-session.js';
import { readModel, type Labels, type Provenance, type TrainedModel } from './model-folder.js';
import { windowFeatures, windowsOf, type Window } from './windows.js';

/** Most windows and frames that are predicted at once: more would only take more memory. */
const MOST_WINDOWS = 64;
const MOST_FRAMES = 16_384;

export interface PredictorOptions {
  /** Kernel plan; default: chosen for the adapter. */
  readonly plan?: KernelPlan | undefined;
  /** Most bytes of GPU buffers. */
  readonly memoryBudget?: number | undefined;
  /**
   * Opens a device after a loss, on which the batch at hand is computed again: to the same bits on the
   * same adapter and driver. Default: a loss is thrown, as it is after three without an answer in between.
   */
  readonly reopen?: (() => Promise<Engine>) | undefined;
  /** Told, in one line each, of a lost device and of batches that are split for want of memory. */
  readonly log?: ((line: string) => void) | undefined;
}

export interface TaskPrediction {
  /** The label with the highest score. */
  readonly label: string;
  /** Probability of each label, in the order of the classes; they sum to 1. */
  readonly scores: Readonly<Record<string, number>>;
}

export interface Prediction {
  /** By task, as far as the model has a head for it. */
  readonly tasks: Readonly<Record<string, TaskPrediction>>;
  /** Length of the recording. */
  readonly seconds: number;
  /** Pooling weight of each frame, [T]; they sum to 1. */
  readonly attention: Float32Array;
}

/** How the features of utterances came to be, or are to become, what the network takes. */
export interface PredictFeaturesOptions {
  /** They are normalised already, as the model has it. */
  readonly normalised?: boolean;
  /** Speaker of each utterance: a model that normalises by speaker needs them for raw features. */
  readonly speakers?: readonly string[];
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * A trained model on a device. A recording over 30 s is predicted in windows: cut into the fewest
 * stretches of at most 30 s and one length, each normalised as an utterance where the model normalises
 * by utterance; the probabilities are averaged by the windows' frames, and so are the attention weights,
 * which then sum to 1 over the whole recording.
 *
 * A model that normalises by speaker takes no recording by itself: `predictFeatures` takes all of a
 * speaker's together.
 */
export class Predictor {
  readonly model: ModelConfig;
  readonly labels: Labels;
  readonly normalisation: Normalisation;
  readonly provenance: Provenance;
  readonly #session: LastingSession;
  /** The session takes one batch at a time. */
  #turn: Promise<unknown> = Promise.resolve();

  /** @throws ConfigError where parameters and model disagree */
  constructor(engine: Engine, trained: TrainedModel, options: PredictorOptions = {}) {
    const { model, labels, normalisation = byUtterance, provenance, parameters } = trained;
    this.model = model;
    this.labels = labels;
    this.normalisation = normalisation;
    this.provenance = provenance;
    this.#session = new LastingSession(engine, model, { ...options, parameters });
  }

  /**
   * Loads a model folder, or a run folder's best model, from wherever readModel takes it.
   *
   * @throws FileError, FormatError or ConfigError as readModel
   */
  static async load(
    engine: Engine,
    files: Files,
    path: string,
    options: PredictorOptions = {},
  ): Promise<Predictor> {
    return new Predictor(engine, await readModel(files, path), options);
  }

  /**
   * Predicts an audio file.
   *
   * @throws FileError where it cannot be read; AudioError where it is no usable recording; UsageError
   *   where the model normalises by speaker
   */
  async predictFile(files: Files, path: string, options: FeatureOptions = {}): Promise<Prediction> {
    this.#refuseAlone();
    return this.#predictOne(await featuresOfFile(files, path, options));
  }

  /**
   * Predicts samples in memory.
   *
   * @param samples mono, [N]; their scale does not matter
   * @param rate samples a second; anything but 16000 is resampled
   * @param name what the samples are, for errors
   * @throws AudioError for less than 25 ms, or samples that are not finite; UsageError where the model
   *   normalises by speaker
   */
  async predictSamples(
    samples: Float32Array,
    rate: number = RATE,
    name = 'samples',
  ): Promise<Prediction> {
    this.#refuseAlone();
    return this.#predictOne(await featuresOfSamples(samples, rate, name));
  }

  /**
   * Predicts utterances whose features are known, together: faster than one after the other.
   *
   * @param matrices features of each utterance, [T, 36] row-major
   * @returns one prediction each, in their order; `seconds` is what T frames span
   * @throws UsageError for a matrix that is not whole rows of finite numbers, and for raw features without
   *   speakers where the model normalises by them; ConfigError where the model's answer is not finite
   */
  async predictFeatures(
    matrices: readonly Float32Array[],
    { normalised = false, speakers, onProgress }: PredictFeaturesOptions = {},
  ): Promise<Prediction[]> {
    matrices.forEach((matrix, i) => checkFeatures(matrix, `feature matrix ${i}`));
    if (!normalised && speakers === undefined) this.#refuseAlone();
    const ready = normalised
      ? matrices
      : normaliseAll(this.normalisation, matrices, speakers ?? []);
    const turn = this.#turn.then(() => this.#predict(ready, onProgress));
    this.#turn = turn.catch(() => undefined); // the failure is this caller's alone
    return turn;
  }

  /** Frees the model's buffers; the engine stays open. */
  destroy(): void {
    this.#session.destroy();
  }

  /** One recording says nothing of its speaker's other ones. */
  #refuseAlone(): void {
    if (this.normalisation.scope !== 'speaker') return;
    throw new UsageError(
      'the model was trained with features normalised by speaker, and no speakers were given',
      'Give predictFeatures the raw features of all recordings of a speaker, and `speakers`.',
    );
  }

  async #predictOne({ features, ...own }: UtteranceFeatures): Promise<Prediction> {
    const normalised = this.normalisation.scope === 'utterance';
    const matrix = normalised ? own.normalised : features;
    const [prediction] = await this.predictFeatures([matrix], { normalised });
    return { ...(prediction as Prediction), seconds: own.seconds };
  }

  async #predict(
    normalised: readonly Float32Array[],
    onProgress: ((done: number, total: number) => void) | undefined,
  ): Promise<Prediction[]> {
    const { heads } = this.model;
    const { scope } = this.normalisation;
    const frames = normalised.map(({ length }) => length / FEATURE_COUNT);
    const sums = frames.map(() => heads.map(({ classes }) => new Float64Array(classes)));
    const attention = frames.map((T) => new Float32Array(T));
    const windows = frames.flatMap((T, utterance) => windowsOf(utterance, T));
    let done = 0;
    for (const batch of batchesOf(windows)) {
      const features = batch.map((w) => windowFeatures(normalised[w.utterance]!, w, scope));
      const result = await this.#session.predict({
        features: concatenate(features),
        lengths: Int32Array.from(batch, (window) => window.frames),
      });
      batch.forEach(({ utterance, first, frames: length }, row) => {
        const share = length / frames[utterance]!;
        heads.forEach(({ task, classes }, head) => {
          const sum = sums[utterance]![head]!;
          const own = result.probabilities[task]!.subarray(row * classes, (row + 1) * classes);
          if (!own.every(Number.isFinite)) throw notFinite(task);
          own.forEach((p, c) => (sum[c]! += share * p));
        });
        const weights = result.attention[row]!.map((weight) => share * weight);
        attention[utterance]!.set(weights, first);
      });
      onProgress?.((done += batch.length), windows.length);
    }
    return frames.map((T, i) => ({
      tasks: Object.fromEntries(
        heads.map(({ task }, h) => [task, taskPrediction(this.labels[task] ?? [], sums[i]![h]!)]),
      ),
      seconds: ((T - 1) * HOP + WINDOW) / RATE,
      attention: attention[i]!,
    }));
  }
}

/** Windows of like length together, the longest first: what the first batch needs holds the others. */
function batchesOf(windows: readonly Window[]): Window[][] {
  const batches: Window[][] = [];
  let frames = 0;
  for (const window of [...windows].sort((a, b) => b.frames - a.frames)) {
    const batch = batches.at(-1);
    if (batch && batch.length < MOST_WINDOWS && frames + window.frames <= MOST_FRAMES) {
      batch.push(window);
      frames += window.frames;
    } else {
      batches.push([window]);
      frames = window.frames;
    }
  }
  return batches;
}

function concatenate(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function taskPrediction(labels: readonly string[], scores: Float64Array): TaskPrediction {
  const best = scores.indexOf(Math.max(...scores));
  return {
    label: labels[best] ?? '',
    scores: Object.fromEntries(labels.map((label, c) => [label, scores[c] ?? 0])),
  };
}
