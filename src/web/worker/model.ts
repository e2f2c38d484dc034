import { poolsDeviation } from '../../core/config.js';
import { functionalsText, lastRecurrent, layersOf, layerText } from '../../core/layers.js';
import { UsageError } from '../../core/errors.js';
import { isRegression } from '../../core/heads.js';
import type { Files } from '../../core/files.js';
import { normaliseAll } from '../../features/normalise.js';
import type { FeatureSet } from '../../features/sets/feature-set.js';
import { defaultFeatureSet } from '../../features/sets/registry.js';
import type { Trim } from '../../features/trim.js';
import { Inspector, type UtteranceInspection } from '../../inference/inspector.js';
import { readModel, type TrainedModel } from '../../model/folder.js';
import { Predictor, type PredictorOptions } from '../../inference/predictor.js';
import { parameterCount } from '../../network/parameters.js';
import type { ModelInfo, Numbers, Scores, WorkerEvent } from '../protocol.js';
import { reopenEngine, theEngine } from './engine.js';

type Tell = (event: WorkerEvent) => void;

/** The model that Listen and Look use: read once, loaded onto a device when needed. */
export class LoadedModel {
  readonly #trained: TrainedModel;
  /** A session takes one batch at a time, and must not be freed while one is running. */
  #turn: Promise<unknown> = Promise.resolve();
  #predictor: Predictor | undefined;
  #inspector: Inspector | undefined;
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
    const { model, labels, provenance } = this.#trained;
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
    };
  }

  /**
   * Features as the network takes them. A model that normalises by speaker treats the recording as all
   * there is of its speaker.
   *
   * @param features as they are, [T, F]
   */
  normalised(features: Float32Array): Float32Array {
    const { normalisation = { scope: 'utterance' } } = this.#trained;
    const { dimensions } = this.featureSet;
    const [own] = normaliseAll(normalisation, [features], ['the recording'], { dimensions });
    return own ?? features;
  }

  /** @param normalised of one recording, [T, F] */
  async predict(
    normalised: Float32Array,
    tell?: Tell,
  ): Promise<{
    readonly scores: Scores;
    readonly values: Numbers;
    readonly attention: Float32Array;
  }> {
    return this.#inTurn(tell, async () => {
      this.#predictor ??= new Predictor(await theEngine(), this.#trained, this.#options);
      const [own] = await this.#predictor.predictFeatures([normalised], { normalised: true });
      return {
        scores: own?.tasks[this.task]?.scores ?? {},
        values: own?.values ?? {},
        attention: own?.attention ?? new Float32Array(),
      };
    });
  }

  /**
   * @param normalised of one recording, [T, F]
   * @param trim where these frames lie in it
   */
  async inspect(
    normalised: Float32Array,
    trim: Trim | undefined,
    tell?: Tell,
  ): Promise<UtteranceInspection> {
    return this.#inTurn(tell, async () => {
      this.#inspector ??= new Inspector(await theEngine(), this.#trained, this.#options);
      return this.#inspector.inspect(normalised, trim);
    });
  }

  /** Frees what is on the device, once no batch is running. */
  async destroy(): Promise<void> {
    await this.#turn;
    this.#predictor?.destroy();
    this.#inspector?.destroy();
    this.#predictor = this.#inspector = undefined;
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
