import type { ModelConfig } from '../core/config.js';
import { isRegression } from '../core/heads.js';
import type { Files } from '../core/files.js';
import { resample } from '../audio/resample.js';
import type { Change } from '../features/change.js';
import { extractSet } from '../features/extract.js';
import { recordingFor } from '../features/recording.js';
import type { SpeakerMoments } from '../features/speaker-moments.js';
import { byUtterance, type Normalisation } from '../features/normalise.js';
import { rowsInMemory, type FeatureRows } from '../features/rows.js';
import { type FeatureSet, secondsOf } from '../features/sets/feature-set.js';
import { defaultFeatureSet } from '../features/sets/registry.js';
import { overAllFrames } from '../features/trim.js';
import {
  featuresOfFile,
  featuresOfSamples,
  type FeatureOptions,
  type UtteranceFeatures,
} from '../features/utterance.js';
import type { Engine } from '../gpu/engine.js';
import type { KernelPlan } from '../plan/plan.js';
import { largest } from '../metrics/metrics.js';
import { answer } from './answer.js';
import type { Answer } from './answer-sums.js';
import { checkFeatures, notFinite } from './checks.js';
import { placeOfFeatures, type FeaturesOn } from './feature-places.js';
import { normalisedFor, type SpeakerOptions, type SpeakersOptions } from './normalised.js';
import { answerSamples, type LoadedSamples } from './sample-answers.js';
import { RecoveringSession } from './recovering-session.js';
import { type ConfidenceByTask, thresholdOf } from '../model/confidence.js';
import { refuseOtherWidth } from '../model/features.js';
import { readModel, type Labels, type Provenance, type TrainedModel } from '../model/folder.js';

export { featurePlaces, type FeaturesOn } from './feature-places.js';

/** How a model is put on a device. */
export interface PredictorOptions {
  /** Kernel plan; default: chosen for the adapter. */
  readonly plan?: KernelPlan | undefined;
  /** Most bytes of GPU buffers. */
  readonly memoryBudget?: number | undefined;
  /**
   * Opens a device after a loss, on which the current batch is computed again: bit-identically on the
   * same adapter and driver. Default: a loss is thrown. After three losses without a result in between
   * it is always thrown.
   */
  readonly reopen?: (() => Promise<Engine>) | undefined;
  /** Called with one line for a lost device, and for batches that are split for lack of memory. */
  readonly log?: ((line: string) => void) | undefined;
  /**
   * Where features of samples are computed: on the GPU in float32, in the submit of the network, or on the CPU in float64,
   * with the cache if there is one. Default: on the GPU, unless it is a software adapter or has no kernels for the model's
   * feature set. A recording that is too long for the GPU takes the CPU.
   */
  readonly featuresOn?: FeaturesOn | undefined;
}

/** What a model says of one task: a label, and the probability of each. */
export interface TaskPrediction {
  /** The label with the highest score. */
  readonly label: string;
  /** Probability of each label, in the order of the classes; they sum to 1. */
  readonly scores: Readonly<Record<string, number>>;
  /**
   * Whether the highest score reaches the model's threshold: if not, the answer is "not sure". Absent if the model has
   * no threshold for the task, or the scores were corrected to a prior, with which no threshold was measured.
   */
  readonly sure?: boolean;
}

/** What a model says of a recording. */
export interface Prediction {
  /** By task of classes that the model has a head for. */
  readonly tasks: Readonly<Record<string, TaskPrediction>>;
  /** By regression task that it has a head for: the number, in the unit of the training data. Absent if none. */
  readonly values?: Readonly<Record<string, number>>;
  /** Length of the recording. */
  readonly seconds: number;
  /** Pooling weight of each frame of the recording, [T]; they sum to 1. 0 for frames that the model trims. */
  readonly attention: Float32Array;
  /** If the model normalises by speaker: recordings of the speaker that were at hand. */
  readonly speakerRecordings?: number;
  /** Where the features were computed; absent if they were given. */
  readonly featuresOn?: FeaturesOn;
}

/** A recording in memory. */
export interface LoadedRecording extends Omit<LoadedSamples, 'speaker'>, SpeakerOptions {
  /** Length of the recording, before it was resampled. */
  readonly seconds: number;
}

/** How the features of utterances were, or have to be, normalised. */
export interface PredictFeaturesOptions extends SpeakersOptions {
  /** They are already normalised as the model expects. */
  readonly normalised?: boolean;
  /** Normalised functionals of each utterance, [8F + 1]: of normalised features, if the model takes them. */
  readonly functionals?: readonly Float32Array[] | undefined;
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * A trained model on a device. A recording over 30 s is predicted in windows: it is split into the fewest
 * windows of at most 30 s and equal length, each normalised as an utterance if the model normalises
 * by utterance; the probabilities (numbers) are averaged, weighted by the windows' frames, and so are the
 * attention weights, which then sum to 1 over the whole recording. If the model trims recordings, that comes first:
 * windows are made of the frames that are kept, and are not trimmed again.
 *
 * A model that normalises by speaker wants to know the voice: give `predictFeatures` all recordings of a
 * speaker together, or what an enrolment knows of it. With neither, a recording counts as all there is of its speaker,
 * and the answer is worse; a model of an earlier version, without a prior, refuses.
 *
 * @example
 * const engine = await openEngine();
 * const predictor = await Predictor.load(engine, files, 'runs/first');
 * const { tasks } = await predictor.predictFile(files, 'speech.wav');
 * console.log(tasks['emotion']?.label);
 * predictor.destroy();
 */
export class Predictor {
  readonly model: ModelConfig;
  readonly labels: Labels;
  /** The model's features. */
  readonly featureSet: FeatureSet;
  /** How the model trims recordings, as `keptFrames` says; null: not at all. */
  readonly trimDb: number | null;
  readonly normalisation: Normalisation;
  readonly provenance: Provenance;
  /** When its answers are to be trusted, by task; undefined: not known. */
  readonly confidence: ConfidenceByTask | undefined;
  /** Where features of samples are computed, if a recording is not too long for the GPU. */
  readonly featuresOn: FeaturesOn;
  readonly #session: RecoveringSession;
  /** The session runs one batch at a time. */
  #turn: Promise<unknown> = Promise.resolve();

  /**
   * @throws ConfigError if parameters, feature set and model disagree; UsageError if features are to be computed on the GPU
   *   that has no kernels for them
   */
  constructor(engine: Engine, trained: TrainedModel, options: PredictorOptions = {}) {
    const { model, labels, normalisation = byUtterance, provenance, parameters } = trained;
    const { featureSet = defaultFeatureSet } = trained;
    refuseOtherWidth(model.features, featureSet, 'the model');
    this.model = model;
    this.labels = labels;
    this.featureSet = featureSet;
    this.trimDb = trained.trimDb ?? null;
    this.normalisation = normalisation;
    this.provenance = provenance;
    this.confidence = trained.confidence;
    this.featuresOn = placeOfFeatures(featureSet, engine, options.featuresOn);
    this.#session = new RecoveringSession(engine, model, { ...options, parameters });
  }

  /**
   * Loads a model folder, or a run folder's best model, from any source that readModel supports.
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
   * @throws FileError if it cannot be read; AudioError if it is not a usable recording; UsageError
   *   if the model normalises by speaker, has no prior, and no speaker is given
   */
  async predictFile(
    files: Files,
    path: string,
    {
      speaker,
      ...options
    }: Omit<FeatureOptions, 'featureSet' | 'trimDb' | 'speed'> & SpeakerOptions = {},
  ): Promise<Prediction> {
    this.#refuseSpeaker(speaker);
    const { featureSet, trimDb } = this;
    if (this.#onGpu(speaker, options)) {
      const loaded = await recordingFor(featureSet, await files.read(path), path);
      const [found] = await this.predictRecordings([{ ...loaded, name: path, speaker }]);
      return found as Prediction;
    }
    const own = { ...options, featureSet, trimDb };
    return this.#predictOne(await featuresOfFile(files, path, own), speaker);
  }

  /**
   * Predicts samples in memory.
   *
   * @param samples mono in -1..1, [N]: some feature sets keep their level
   * @param rate in Hz; any rate but the feature set's (16000 for `prosody36`) is resampled
   * @param name name of the samples, for errors
   * @throws AudioError for less than a frame (25 ms), or samples that are not finite; UsageError as
   *   predictFile
   */
  async predictSamples(
    samples: Float32Array,
    rate: number = this.featureSet.rate,
    name = 'samples',
    { speaker }: SpeakerOptions = {},
  ): Promise<Prediction> {
    this.#refuseSpeaker(speaker);
    const { featureSet, trimDb } = this;
    if (this.#onGpu(speaker)) {
      const seconds = samples.length / rate;
      const own = await resample(samples, rate, featureSet.rate, name);
      const [found] = await this.predictRecordings([{ samples: own, seconds, name, speaker }]);
      return found as Prediction;
    }
    const found = await featuresOfSamples(samples, rate, name, featureSet, trimDb);
    return this.#predictOne(found, speaker);
  }

  /**
   * Predicts recordings in memory, all together: faster than one after the other.
   *
   * @param recordings mono at the rate of the model's features, [N] each, and what is known of the speaker
   * @returns one prediction each, in order
   * @throws as predictSamples, for the first that fails
   */
  async predictRecordings(recordings: readonly LoadedRecording[]): Promise<Prediction[]> {
    for (const { speaker } of recordings) this.#refuseSpeaker(speaker);
    const { model, featureSet, trimDb, normalisation } = this;
    const onGpu = recordings.filter(({ speaker }) => this.#onGpu(speaker));
    const answers = await this.#inTurn(() =>
      answerSamples(onGpu as readonly LoadedSamples[], {
        ...{ model, featureSet, trimDb, normalisation },
        predict: (batch) => this.#session.predictSamples(batch, featureSet),
      }),
    );
    this.#refuseNotFinite(answers);
    const answered = new Map(onGpu.map((recording, i) => [recording, answers[i]]));
    const predictions: Prediction[] = [];
    for (const recording of recordings) {
      const { samples, name, seconds, speaker } = recording;
      const own = answered.get(recording);
      if (own === undefined) {
        const features = await extractSet(featureSet, samples, name, trimDb);
        predictions.push(await this.#predictOne({ ...features, seconds }, speaker));
        continue;
      }
      const { attention, ...prediction } = this.#prediction(own);
      const known = (speaker as SpeakerMoments | undefined)?.recordings ?? 1;
      predictions.push({
        ...prediction,
        ...{ seconds, attention: overAllFrames(attention, own.trim), featuresOn: 'gpu' },
        ...(normalisation.scope === 'speaker' && { speakerRecordings: known }),
      });
    }
    return predictions;
  }

  /**
   * Predicts utterances from their features, all together: faster than one after the other.
   *
   * @param matrices features of each utterance, [T, F] row-major; of the frames that are kept if the model trims
   * @returns one prediction each, in order; `seconds` is the duration of T frames
   * @throws UsageError for a matrix that is not whole rows of finite numbers, and as
   *   `normalisedFor`; ConfigError if the model's output is not finite
   */
  async predictFeatures(
    matrices: readonly Float32Array[],
    { normalised = false, functionals, onProgress, ...whose }: PredictFeaturesOptions = {},
  ): Promise<Prediction[]> {
    const { dimensions } = this.featureSet;
    matrices.forEach((matrix, i) => checkFeatures(matrix, dimensions, `feature matrix ${i}`));
    if (normalised) {
      const rows = rowsInMemory(matrices, dimensions, functionals);
      return (await this.answer(rows, { onProgress })).map((own) => this.#prediction(own));
    }
    const ready = normalisedFor(this.normalisation, matrices, dimensions, whose);
    const answers = await this.answer(ready, { onProgress });
    return answers.map((own, i) => {
      const n = ready.speakerRecordings?.[i];
      return { ...this.#prediction(own), ...(n !== undefined && { speakerRecordings: n }) };
    });
  }

  /**
   * The model's output for utterances, as numbers: `predictFeatures` adds the names of the labels.
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
    const answers = await this.#inTurn(() =>
      answer(this.model, utterances, (batch) => this.#session.predict(batch), {
        featureSet: this.featureSet,
        scope: this.normalisation.scope,
        ...options,
      }),
    );
    this.#refuseNotFinite(answers);
    return answers;
  }

  /** Frees the model's buffers; the engine stays open. */
  destroy(): void {
    this.#session.destroy();
  }

  /** The session runs one batch at a time. */
  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined); // only this caller gets the failure
    return turn;
  }

  #refuseNotFinite(answers: readonly (Answer | undefined)[]): void {
    this.model.heads.forEach(({ task }, h) => {
      const finite = answers.every((own) => own?.probabilities[h]?.every(Number.isFinite) ?? true);
      if (!finite) throw notFinite(task);
    });
  }

  /** Whether the GPU computes features: those of a copy, and what is made of a recording's own moments, it does not. */
  #onGpu(speaker: SpeakerOptions['speaker'], change: Change = {}): boolean {
    const changed = change.speed !== undefined || change.condition !== undefined;
    return this.featuresOn === 'gpu' && typeof speaker !== 'function' && !changed;
  }

  /** Before features are computed: nothing is known of the speaker, or the model does not ask. */
  #refuseSpeaker(speaker: SpeakerOptions['speaker']): void {
    normalisedFor(this.normalisation, [], this.featureSet.dimensions, { speaker });
  }

  async #predictOne(
    { features, ...own }: Omit<UtteranceFeatures, 'digest'>,
    speaker: SpeakerOptions['speaker'],
  ): Promise<Prediction> {
    const normalised = this.normalisation.scope === 'utterance';
    const matrix = normalised ? own.normalised : features;
    const [found] = await this.predictFeatures([matrix], { normalised, speaker });
    const prediction = found as Prediction;
    const attention = overAllFrames(prediction.attention, own.trim);
    const { external } = this.featureSet;
    return {
      ...{ ...prediction, seconds: own.seconds, attention },
      ...(!external && { featuresOn: 'cpu' }),
    };
  }

  #prediction({ probabilities, attention }: Answer): Prediction {
    const tasks: [string, TaskPrediction][] = [];
    const values: [string, number][] = [];
    this.model.heads.forEach((head, h) => {
      const { task } = head;
      const own = probabilities[h] ?? new Float64Array();
      if (isRegression(head)) values.push([task, own[0] ?? NaN]);
      else {
        const threshold = thresholdOf(this.confidence, task);
        tasks.push([task, taskPrediction(this.labels[task] ?? [], own, threshold)]);
      }
    });
    return {
      tasks: Object.fromEntries(tasks),
      ...(values.length > 0 && { values: Object.fromEntries(values) }),
      seconds: secondsOf(attention.length, this.featureSet),
      attention,
    };
  }
}

/** A prediction of these scores: the label of the highest, the first of several; sure from the threshold on. */
export function taskPrediction(
  labels: readonly string[],
  scores: ArrayLike<number>,
  threshold?: number,
): TaskPrediction {
  const best = largest(scores);
  return {
    label: labels[best] ?? '',
    scores: Object.fromEntries(labels.map((label, c) => [label, scores[c] ?? 0])),
    ...(threshold !== undefined && { sure: (scores[best] ?? 0) >= threshold }),
  };
}
