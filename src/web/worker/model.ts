import { poolsDeviation } from '../../core/config.js';
import { functionalsText, lastRecurrent, layersOf, layerText } from '../../core/layers.js';
import { ConfigError, UsageError } from '../../core/errors.js';
import { isRegression } from '../../core/heads.js';
import type { Files } from '../../core/files.js';
import { byUtterance } from '../../features/normalise.js';
import { extractSet, framesOfUsable } from '../../features/extract.js';
import type { FeatureSet } from '../../features/sets/feature-set.js';
import {
  FEW_RECORDINGS,
  joinMoments,
  type SpeakerMoments,
} from '../../features/speaker-moments.js';
import { defaultFeatureSet } from '../../features/sets/registry.js';
import type { Trim } from '../../features/trim.js';
import { MOST_FRAMES } from '../../inference/sample-answers.js';
import { ExtractionSession } from '../../session/extraction-session.js';
import { Inspector, type UtteranceInspection } from '../../inference/inspector.js';
import { enrol, refuseEnrolling, type Enrolment } from '../../inference/enrolment.js';
import { normalisedFor } from '../../inference/normalised.js';
import type { Confidence } from '../../model/confidence.js';
import { readModel, type TrainedModel } from '../../model/folder.js';
import { type FeaturesOn, placeOfFeatures } from '../../inference/feature-places.js';
import { type Prediction, Predictor, type PredictorOptions } from '../../inference/predictor.js';
import { parameterCount } from '../../network/parameters.js';
import { columnsOf } from '../../results/columns.js';
import { csvHead, csvRows } from '../../results/csv.js';
import type { Row } from '../../results/row.js';
import type { ModelInfo, Numbers, Scores, Voice, WorkerEvent } from '../protocol.js';
import { reopenEngine, theEngine } from './engine.js';

/** A recording as the network takes it. */
export interface Ready {
  /** [T, F] */
  readonly features: Float32Array;
  /** [8F + 1], if the model takes them. */
  readonly functionals?: Float32Array | undefined;
  /** Recordings that its voice is known by, itself among them if nothing else is; only if the model normalises by speaker. */
  readonly speakerRecordings?: number | undefined;
}

/** Features of a recording, and where they were computed. */
export interface Extracted {
  /** [T, F] */
  readonly features: Float32Array;
  readonly featuresOn: FeaturesOn;
}

type Tell = (event: WorkerEvent) => void;

/** The model that Listen and Look use: read once, loaded onto a device when needed. */
export class LoadedModel {
  readonly #trained: TrainedModel;
  /** A session takes one batch at a time, and must not be freed while one is running. */
  #turn: Promise<unknown> = Promise.resolve();
  #predictor: Predictor | undefined;
  #inspector: Inspector | undefined;
  #extraction: ExtractionSession | undefined;
  /** What is known of the voice that it listens to. */
  #voice: Enrolment | undefined;
  /** The same, with what the microphone has heard since it was opened. */
  #live: SpeakerMoments | undefined;
  /** Of the current call. */
  #tell: Tell | undefined;
  readonly #options: PredictorOptions = {
    reopen: reopenEngine,
    log: (line) => this.#tell?.({ kind: 'note', line }),
  };

  private constructor(trained: TrainedModel) {
    this.#trained = trained;
  }

  /** @throws as readModel */
  static async read(files: Files, folder: string): Promise<LoadedModel> {
    return new LoadedModel(await readModel(files, folder));
  }

  /** The features that it takes. */
  get featureSet(): FeatureSet {
    return this.#trained.featureSet ?? defaultFeatureSet;
  }

  /** How it trims recordings; null: not at all. */
  get trimDb(): number | null {
    return this.#trained.trimDb ?? null;
  }

  /** The task to show: emotion if the model has it, else the first with classes, else the first. */
  get task(): string {
    const { heads } = this.#trained.model;
    const head =
      heads.find(({ task }) => task === 'emotion') ??
      heads.find((own) => !isRegression(own)) ??
      heads[0];
    if (head === undefined) throw new UsageError('the model has no head', 'Load another one.');
    return head.task;
  }

  get info(): ModelInfo {
    const { model, labels, provenance, license } = this.#trained;
    const { cell, units } = lastRecurrent(model);
    return {
      cell,
      units,
      layers: [
        ...layersOf(model).map(layerText),
        ...(poolsDeviation(model.pooling) ? ['attention and deviation over time'] : []),
        ...(model.functionals ? [functionalsText(model.functionals)] : []),
      ],
      parameters: parameterCount(model),
      task: this.task,
      labels: labels[this.task] ?? [],
      numbers: model.heads.filter(isRegression).map(({ task }) => task),
      data: provenance.data,
      ...(license !== undefined && { license }),
      ...(this.#bySpeaker && { voice: this.voice }),
    };
  }

  get #bySpeaker(): boolean {
    return this.#trained.normalisation?.scope === 'speaker';
  }

  get voice(): Voice {
    return { recordings: this.#voice?.speaker.recordings ?? 0, enough: FEW_RECORDINGS };
  }

  /** Recordings of the voice that are known, if that matters to the model. */
  get known(): number | undefined {
    return this.#bySpeaker ? this.voice.recordings : undefined;
  }

  /** When its answers are to be trusted; undefined if it does not say. */
  get confidence(): Confidence | undefined {
    const { confidence = {} } = this.#trained;
    return Object.hasOwn(confidence, this.task) ? confidence[this.task] : undefined;
  }

  /** Takes over what another model knows of the voice, if both take the same features. */
  adoptVoice(other: LoadedModel): void {
    try {
      refuseEnrolling(this.#trained, other.#voice);
      this.#voice = other.#voice;
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
    }
  }

  /**
   * The features of samples, before the model trims them: on the GPU, unless it is a software adapter, the set has no
   * kernels, or there are too many frames.
   *
   * @param samples mono at the feature set's rate, [N]
   * @param name for errors
   * @throws AudioError as framesOfUsable
   */
  async features(samples: Float32Array, name: string, tell?: Tell): Promise<Extracted> {
    const { featureSet: set } = this;
    const few = framesOfUsable(samples, set, name) <= MOST_FRAMES;
    const engine = await theEngine();
    if (!few || placeOfFeatures(set, engine) === 'cpu') {
      const { features } = await extractSet(set, samples, name);
      return { features, featuresOn: 'cpu' };
    }
    const own = await this.#inTurn(tell, async () => {
      if (this.#extraction?.engine !== engine) {
        this.#extraction?.destroy();
        this.#extraction = new ExtractionSession(engine, set);
      }
      return this.#extraction.extract([samples]);
    });
    return { features: own[0]!, featuresOn: 'gpu' };
  }

  /**
   * Adds a recording to what is known of the voice.
   *
   * @param features of the frames that the model takes, [T, F]
   * @throws ConfigError if the model does not normalise by speaker
   */
  enrol(features: Float32Array): void {
    this.#voice = enrol(this.#trained, 'this voice', [features], this.#voice);
  }

  forgetVoice(): void {
    this.#voice = this.#live = undefined;
  }

  /**
   * A recording as the network takes it. A model that normalises by speaker uses what is known of the voice, or if
   * nothing is, treats the recording as all there is of its speaker.
   *
   * @param features as they are, [T, F]
   * @param alone it is of another voice
   */
  ready(features: Float32Array, alone: boolean): Ready {
    return this.#ready(features, (own) => (alone ? own : (this.#voice?.speaker ?? own)));
  }

  /**
   * A window of the microphone as the network takes it: by speaker, what is known of the voice includes the window.
   *
   * @param first forgets what the microphone has told before
   * @param whole adds the window to what is known, until the next first one
   * @returns `voice`: recordings that are known; absent unless the model normalises by speaker
   */
  readyWindow(
    features: Float32Array,
    { first, whole }: { readonly first: boolean; readonly whole: boolean },
  ): Ready & { readonly voice?: number } {
    if (first || this.#live === undefined) this.#live = this.#voice?.speaker;
    const before = this.#live ? [this.#live] : [];
    let now: SpeakerMoments | undefined;
    const ready = this.#ready(features, (own) => (now = joinMoments([...before, own])));
    if (whole) this.#live = now;
    return { ...ready, ...(now && { voice: now.recordings }) };
  }

  #ready(features: Float32Array, speaker: (own: SpeakerMoments) => SpeakerMoments): Ready {
    const { normalisation = byUtterance } = this.#trained;
    const { dimensions } = this.featureSet;
    const whose = this.#bySpeaker ? { speaker } : {};
    const rows = normalisedFor(normalisation, [features], dimensions, whose);
    return {
      features: rows.features[0]!,
      functionals: rows.functionals?.[0],
      speakerRecordings: rows.speakerRecordings?.[0],
    };
  }

  async predict(
    { features, functionals }: Ready,
    tell?: Tell,
  ): Promise<{
    readonly scores: Scores;
    readonly values: Numbers;
    readonly sure?: boolean;
    /** With all tasks. */
    readonly prediction: Prediction;
  }> {
    return this.#inTurn(tell, async () => {
      this.#predictor ??= new Predictor(await theEngine(), this.#trained, this.#options);
      const [own] = await this.#predictor.predictFeatures([features], {
        normalised: true,
        functionals: functionals && [functionals],
      });
      const prediction = own!;
      const { scores = {}, sure } = prediction.tasks[this.task] ?? {};
      const { values = {} } = prediction;
      return { scores, values, ...(sure !== undefined && { sure }), prediction };
    });
  }

  /** A table of rows that it has answered with. Throws ConfigError if two columns had the same name. */
  csvOf(rows: readonly Row[]): string {
    const columns = columnsOf([this.#trained]);
    return csvHead(columns) + csvRows(columns, rows);
  }

  /** @param trim where the frames lie in the recording */
  async inspect(
    { features, functionals }: Ready,
    trim: Trim | undefined,
    tell?: Tell,
  ): Promise<UtteranceInspection> {
    return this.#inTurn(tell, async () => {
      this.#inspector ??= new Inspector(await theEngine(), this.#trained, this.#options);
      return this.#inspector.inspect(features, trim, functionals);
    });
  }

  /** Frees what is on the device, once no batch is running. */
  async destroy(): Promise<void> {
    await this.#turn;
    this.#predictor?.destroy();
    this.#inspector?.destroy();
    this.#extraction?.destroy();
    this.#predictor = this.#inspector = this.#extraction = undefined;
  }

  #inTurn<T>(tell: Tell | undefined, job: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(() => {
      this.#tell = tell;
      return job();
    });
    this.#turn = turn.catch(() => undefined); // only this caller gets the failure
    return turn;
  }
}
