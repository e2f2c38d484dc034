import { ConfigError } from '../core/errors.js';
import { isRegression } from '../core/heads.js';
import type { Files } from '../core/files.js';
import type { Engine } from '../gpu/engine.js';
import { meanProbabilities } from '../metrics/average.js';
import { type ConfidenceByTask, meanConfidence, thresholdOf } from '../model/confidence.js';
import type { Labels } from '../model/folder.js';
import { Predictor, taskPrediction, type Prediction, type PredictorOptions } from './predictor.js';

/** What is predicted with: one model, or several as one. */
export type AnyPredictor = Pick<
  Predictor,
  | 'labels'
  | 'featureSet'
  | 'trimDb'
  | 'normalisation'
  | 'confidence'
  | 'featuresOn'
  | 'predictFile'
  | 'predictSamples'
  | 'predictRecordings'
  | 'predictFeatures'
  | 'destroy'
>;

/**
 * Several models as one (SPEC, Ensemble): the mean of their probabilities, and of their attention. They have the
 * same labels, features and trimming, and normalise over the same scope; each with its own statistics.
 *
 * @example
 * const ensemble = await EnsemblePredictor.load(engine, files, ['runs/1', 'runs/2', 'runs/3']);
 * const { tasks } = await ensemble.predictFile(files, 'speech.wav');
 * console.log(tasks['emotion']?.scores);
 */
export class EnsemblePredictor implements AnyPredictor {
  readonly labels: Labels;
  readonly featureSet: Predictor['featureSet'];
  readonly trimDb: Predictor['trimDb'];
  /** Of the first model. */
  readonly normalisation: Predictor['normalisation'];
  /** The mean of the models' thresholds, for tasks that all have one of. */
  readonly confidence: Predictor['confidence'];
  /** On the GPU if all models have them there. */
  readonly featuresOn: Predictor['featuresOn'];

  /**
   * @param models one or more
   * @param names for errors, such as their paths; default: model 1, model 2, …
   * @throws ConfigError if they differ
   */
  constructor(
    readonly models: readonly Predictor[],
    names?: readonly string[],
  ) {
    const [first, ...others] = models;
    if (first === undefined) throw new ConfigError('no model was given', 'Give one or more.');
    others.forEach((other, i) => refuseOther(other, first, names?.[i + 1] ?? `model ${i + 2}`));
    this.labels = first.labels;
    this.featureSet = first.featureSet;
    this.trimDb = first.trimDb;
    this.normalisation = first.normalisation;
    this.confidence = meanConfidence(models.map(({ confidence }) => confidence));
    this.featuresOn = models.every((own) => own.featuresOn === 'gpu') ? 'gpu' : 'cpu';
  }

  /**
   * Loads models from folders, like Predictor.load.
   *
   * @throws like Predictor.load; ConfigError if they differ
   */
  static async load(
    engine: Engine,
    files: Files,
    paths: readonly string[],
    options: PredictorOptions = {},
  ): Promise<EnsemblePredictor> {
    const models: Predictor[] = [];
    try {
      for (const path of paths) models.push(await Predictor.load(engine, files, path, options));
      return new EnsemblePredictor(models, paths);
    } catch (error) {
      for (const model of models) model.destroy();
      throw error;
    }
  }

  /** Predicts an audio file, like Predictor. */
  async predictFile(...given: Parameters<Predictor['predictFile']>): Promise<Prediction> {
    return this.#mean(await this.#each((model) => model.predictFile(...given)));
  }

  /** Predicts samples in memory, like Predictor. */
  async predictSamples(...given: Parameters<Predictor['predictSamples']>): Promise<Prediction> {
    return this.#mean(await this.#each((model) => model.predictSamples(...given)));
  }

  /** Predicts recordings in memory, like Predictor. */
  async predictRecordings(
    ...given: Parameters<Predictor['predictRecordings']>
  ): Promise<Prediction[]> {
    const all = await this.#each((model) => model.predictRecordings(...given));
    return all[0]!.map((_, i) => this.#mean(all.map((own) => own[i]!)));
  }

  /** Predicts utterances from their features, like Predictor. */
  async predictFeatures(...given: Parameters<Predictor['predictFeatures']>): Promise<Prediction[]> {
    const all = await this.#each((model) => model.predictFeatures(...given));
    return all[0]!.map((_, i) => this.#mean(all.map((own) => own[i]!)));
  }

  /** Frees the models' buffers; the engine stays open. */
  destroy(): void {
    for (const model of this.models) model.destroy();
  }

  #mean(predictions: readonly Prediction[]): Prediction {
    return meanPrediction(predictions, this.confidence);
  }

  /** One after the other: they share a device. */
  async #each<T>(ask: (model: Predictor) => Promise<T>): Promise<T[]> {
    const answers: T[] = [];
    for (const model of this.models) answers.push(await ask(model));
    return answers;
  }
}

/** @throws ConfigError naming what differs */
function refuseOther(model: Predictor, first: Predictor, name: string): void {
  const parts: readonly (readonly [string, unknown, unknown])[] = [
    ['labels', model.labels, first.labels],
    ['numbers', numbersOf(model), numbersOf(first)],
    ['features', model.featureSet.id, first.featureSet.id],
    ['trimming', model.trimDb, first.trimDb],
    ['normalisation', model.normalisation.scope, first.normalisation.scope],
  ];
  const differs = parts.find(([, own, wanted]) => JSON.stringify(own) !== JSON.stringify(wanted));
  if (differs === undefined) return;
  throw new ConfigError(
    `${name} cannot be averaged with the first model: its ${differs[0]} are ${JSON.stringify(differs[1])}, not ${JSON.stringify(differs[2])}`,
    'Average models that were trained alike: with other seeds, folds or cells.',
  );
}

/** The tasks that a model predicts numbers for. */
function numbersOf({ model }: Predictor): readonly string[] {
  return model.heads.filter(isRegression).map(({ task }) => task);
}

/** The mean of several models' predictions of one recording. */
function meanPrediction(
  predictions: readonly Prediction[],
  confidence: ConfidenceByTask | undefined,
): Prediction {
  const [first] = predictions as [Prediction];
  const tasks = Object.keys(first.tasks).map((task) => {
    const own = predictions.map((one) => one.tasks[task]!);
    const labels = Object.keys(own[0]!.scores);
    const scores = meanProbabilities(own.map((one) => labels.map((label) => one.scores[label]!)));
    return [task, taskPrediction(labels, scores, thresholdOf(confidence, task))] as const;
  });
  const values = Object.keys(first.values ?? {}).map((task) => {
    const own = predictions.map((one) => one.values?.[task] ?? NaN);
    return [task, own.reduce((sum, value) => sum + value, 0) / own.length] as const;
  });
  return {
    ...first,
    tasks: Object.fromEntries(tasks),
    ...(first.values && { values: Object.fromEntries(values) }),
    attention: Float32Array.from(meanProbabilities(predictions.map(({ attention }) => attention))),
  };
}
