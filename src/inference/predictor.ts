import type { ModelConfig } from '../core/config.js';
import { ConfigError, UsageError } from '../core/errors.js';
import type { Files } from '../core/files.js';
import { InferenceSession } from '../engine/inference-session.js';
import { normaliseUtterance } from '../features/normalise.js';
import { FEATURE_COUNT, HOP, RATE, WINDOW } from '../features/settings.js';
import { featuresOfFile, featuresOfSamples, type FeatureOptions } from '../features/utterance.js';
import type { Engine } from '../gpu/engine.js';
import type { KernelPlan } from '../network/plan.js';
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

/**
 * A trained model on a device. A recording over 30 s is predicted in windows: cut into the fewest
 * stretches of at most 30 s and one length, each normalised as an utterance; the probabilities are
 * averaged by the windows' frames, and so are the attention weights, which then sum to 1 over the
 * whole recording.
 */
export class Predictor {
  readonly model: ModelConfig;
  readonly labels: Labels;
  readonly provenance: Provenance;
  readonly #session: InferenceSession;
  /** The session takes one batch at a time. */
  #turn: Promise<unknown> = Promise.resolve();

  /** @throws ConfigError where parameters and model disagree */
  constructor(engine: Engine, trained: TrainedModel, options: PredictorOptions = {}) {
    const { model, labels, provenance, parameters } = trained;
    this.model = model;
    this.labels = labels;
    this.provenance = provenance;
    this.#session = InferenceSession.create(engine, model, { ...options, parameters });
  }

  /**
   * Loads a model folder, or a run folder's best model.
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
   * @throws FileError where it cannot be read; AudioError where it is no usable recording
   */
  async predictFile(files: Files, path: string, options: FeatureOptions = {}): Promise<Prediction> {
    const { normalised, seconds } = await featuresOfFile(files, path, options);
    return this.#predictOne(normalised, seconds);
  }

  /**
   * Predicts samples in memory.
   *
   * @param samples mono, [N]; their scale does not matter
   * @param rate samples a second; anything but 16000 is resampled
   * @param name what the samples are, for errors
   * @throws AudioError for less than 25 ms, or samples that are not finite
   */
  async predictSamples(
    samples: Float32Array,
    rate: number = RATE,
    name = 'samples',
  ): Promise<Prediction> {
    const { normalised, seconds } = await featuresOfSamples(samples, rate, name);
    return this.#predictOne(normalised, seconds);
  }

  /**
   * Predicts utterances whose features are known, together: faster than one after the other.
   *
   * @param matrices features of each utterance, [T, 36] row-major
   * @param options `normalised`: they are normalised over the utterance already
   * @returns one prediction each, in their order; `seconds` is what T frames span
   * @throws UsageError for a matrix that is not whole rows of finite numbers; ConfigError where the
   *   model's answer is not finite
   */
  async predictFeatures(
    matrices: readonly Float32Array[],
    options: {
      readonly normalised?: boolean;
      readonly onProgress?: (done: number, total: number) => void;
    } = {},
  ): Promise<Prediction[]> {
    matrices.forEach(checkMatrix);
    const normalised = options.normalised ? matrices : matrices.map(normaliseUtterance);
    const turn = this.#turn.then(() => this.#predict(normalised, options.onProgress));
    this.#turn = turn.catch(() => undefined); // the failure is this caller's alone
    return turn;
  }

  /** Frees the model's buffers; the engine stays open. */
  destroy(): void {
    this.#session.destroy();
  }

  async #predictOne(normalised: Float32Array, seconds: number): Promise<Prediction> {
    const [prediction] = await this.predictFeatures([normalised], { normalised: true });
    return { ...(prediction as Prediction), seconds };
  }

  async #predict(
    normalised: readonly Float32Array[],
    onProgress: ((done: number, total: number) => void) | undefined,
  ): Promise<Prediction[]> {
    const { heads } = this.model;
    const frames = normalised.map(({ length }) => length / FEATURE_COUNT);
    const sums = frames.map(() => heads.map(({ classes }) => new Float64Array(classes)));
    const attention = frames.map((T) => new Float32Array(T));
    const windows = frames.flatMap((T, utterance) => windowsOf(utterance, T));
    let done = 0;
    for (const batch of batchesOf(windows)) {
      const features = batch.map((w) => windowFeatures(normalised[w.utterance]!, w));
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

function notFinite(task: string): ConfigError {
  return new ConfigError(
    `the model gives ${task} probabilities that are not finite`,
    'Its parameters are too large to compute with; use a checkpoint of before it diverged.',
  );
}

function checkMatrix(matrix: Float32Array, index: number): void {
  const fail = (problem: string): UsageError =>
    new UsageError(
      `feature matrix ${index} ${problem}`,
      `Give [T, ${FEATURE_COUNT}] finite values, at least one frame.`,
    );
  if (matrix.length === 0 || matrix.length % FEATURE_COUNT !== 0) {
    throw fail(`has ${matrix.length} values`);
  }
  const at = matrix.findIndex((x) => !Number.isFinite(x));
  if (at !== -1) throw fail(`holds ${matrix[at]} at frame ${Math.floor(at / FEATURE_COUNT)}`);
}
