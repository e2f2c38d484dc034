import type { ModelConfig } from '../core/config.js';
import { UsageError } from '../core/errors.js';
import type { Files } from '../core/files.js';
import { byUtterance, normaliseAll, type Normalisation } from '../features/normalise.js';
import { rowsInMemory, type FeatureRows } from '../features/rows.js';
import { type FeatureSet, secondsOf } from '../features/sets/feature-set.js';
import { defaultFeatureSet } from '../features/sets/registry.js';
import {
  featuresOfFile,
  featuresOfSamples,
  type FeatureOptions,
  type UtteranceFeatures,
} from '../features/utterance.js';
import type { Engine } from '../gpu/engine.js';
import type { KernelPlan } from '../plan/plan.js';
import { largest } from '../metrics/metrics.js';
import { answer, type Answer } from './answer.js';
import { checkFeatures, notFinite } from './checks.js';
import { RecoveringSession } from './recovering-session.js';
import { refuseOtherWidth } from '../model/features.js';
import { readModel, type Labels, type Provenance, type TrainedModel } from '../model/folder.js';

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
  /** The features that the model takes. */
  readonly featureSet: FeatureSet;
  readonly normalisation: Normalisation;
  readonly provenance: Provenance;
  readonly #session: RecoveringSession;
  /** The session takes one batch at a time. */
  #turn: Promise<unknown> = Promise.resolve();

  /** @throws ConfigError where parameters, feature set and model disagree */
  constructor(engine: Engine, trained: TrainedModel, options: PredictorOptions = {}) {
    const { model, labels, normalisation = byUtterance, provenance, parameters } = trained;
    const { featureSet = defaultFeatureSet } = trained;
    refuseOtherWidth(model.features, featureSet, 'the model');
    this.model = model;
    this.labels = labels;
    this.featureSet = featureSet;
    this.normalisation = normalisation;
    this.provenance = provenance;
    this.#session = new RecoveringSession(engine, model, { ...options, parameters });
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
  async predictFile(
    files: Files,
    path: string,
    options: Omit<FeatureOptions, 'featureSet'> = {},
  ): Promise<Prediction> {
    this.#refuseAlone();
    const { featureSet } = this;
    return this.#predictOne(await featuresOfFile(files, path, { ...options, featureSet }));
  }

  /**
   * Predicts samples in memory.
   *
   * @param samples mono, [N]; their scale does not matter
   * @param rate samples a second; anything but the feature set's (16000 of `prosody36`) is resampled
   * @param name what the samples are, for errors
   * @throws AudioError for less than a frame (25 ms), or samples that are not finite; UsageError where the model
   *   normalises by speaker
   */
  async predictSamples(
    samples: Float32Array,
    rate: number = this.featureSet.rate,
    name = 'samples',
  ): Promise<Prediction> {
    this.#refuseAlone();
    return this.#predictOne(await featuresOfSamples(samples, rate, name, this.featureSet));
  }

  /**
   * Predicts utterances whose features are known, together: faster than one after the other.
   *
   * @param matrices features of each utterance, [T, F] row-major
   * @returns one prediction each, in their order; `seconds` is what T frames span
   * @throws UsageError for a matrix that is not whole rows of finite numbers, and for raw features without
   *   speakers where the model normalises by them; ConfigError where the model's answer is not finite
   */
  async predictFeatures(
    matrices: readonly Float32Array[],
    { normalised = false, speakers, onProgress }: PredictFeaturesOptions = {},
  ): Promise<Prediction[]> {
    const { dimensions } = this.featureSet;
    matrices.forEach((matrix, i) => checkFeatures(matrix, dimensions, `feature matrix ${i}`));
    if (!normalised && speakers === undefined) this.#refuseAlone();
    const ready = normalised
      ? matrices
      : normaliseAll(this.normalisation, matrices, speakers ?? [], { dimensions });
    const answers = await this.answer(rowsInMemory(ready, dimensions), { onProgress });
    return answers.map((own) => this.#prediction(own));
  }

  /**
   * What the model says of utterances, in numbers: `predictFeatures` puts names to them.
   *
   * @param normalised features of each utterance as the model wants them, [T, F] row-major; or, where they
   *   need not all be in memory, what reads them
   * @param options `attention`: whether to keep the pooling weights; default: yes
   * @throws ConfigError where the model's answer is not finite; as they are read
   */
  async answer(
    normalised: readonly Float32Array[] | FeatureRows,
    options: {
      readonly attention?: boolean;
      readonly onProgress?: ((done: number, total: number) => void) | undefined;
    } = {},
  ): Promise<Answer[]> {
    const utterances =
      'read' in normalised ? normalised : rowsInMemory(normalised, this.featureSet.dimensions);
    const turn = this.#turn.then(() =>
      answer(this.model, utterances, (batch) => this.#session.predict(batch), {
        featureSet: this.featureSet,
        scope: this.normalisation.scope,
        ...options,
      }),
    );
    this.#turn = turn.catch(() => undefined); // the failure is this caller's alone
    const answers = await turn;
    this.model.heads.forEach(({ task }, h) => {
      const finite = answers.every(({ probabilities }) => probabilities[h]?.every(Number.isFinite));
      if (!finite) throw notFinite(task);
    });
    return answers;
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

  #prediction({ probabilities, attention }: Answer): Prediction {
    const tasks = this.model.heads.map(({ task }, h) => [
      task,
      taskPrediction(this.labels[task] ?? [], probabilities[h] ?? new Float64Array()),
    ]);
    return {
      tasks: Object.fromEntries(tasks) as Prediction['tasks'],
      seconds: secondsOf(attention.length, this.featureSet),
      attention,
    };
  }
}

function taskPrediction(labels: readonly string[], scores: Float64Array): TaskPrediction {
  return {
    label: labels[largest(scores)] ?? '',
    scores: Object.fromEntries(labels.map((label, c) => [label, scores[c] ?? 0])),
  };
}
