import { UsageError } from '../core/errors.js';
import type { Disposes } from '../core/host-types.js';
import type { Engine } from '../gpu/engine.js';
import type { Labels, TrainedModel } from '../model/folder.js';
import { modelInfo, type ModelInfo } from '../model/voices.js';
import { refuseOtherEnrolment, type Enrolment } from './enrolment.js';
import type { SpeakerOptions } from './normalised.js';
import { OwnEngine } from './own-engine.js';
import { Predictor, type Prediction, type PredictorOptions } from './predictor.js';

/** Samples in memory. */
export interface Samples {
  /** Mono in -1..1, [N]: some feature sets keep their level. */
  readonly samples: Float32Array;
  /** In Hz; a rate that the features do not have is resampled. */
  readonly rate: number;
}

/** Whose voice is in a recording. */
export interface OpenedPredictOptions extends SpeakerOptions {
  /** What `enrol` or `alstm enrol` wrote of the speaker, in place of `speaker`. */
  readonly enrolment?: Enrolment | undefined;
}

/** How a kind of recording, other than samples, is read and predicted. */
export type PredictOne<Recording> = (
  predictor: Predictor,
  recording: Recording,
  whose: SpeakerOptions,
) => Promise<Prediction>;

export interface OpenedOptions<Recording> extends Omit<PredictorOptions, 'reopen'> {
  /** What the model was named by. */
  readonly name: string;
  /** Opens a device: at once, and again where it is lost. */
  readonly openEngine: () => Promise<Engine>;
  readonly predictOne: PredictOne<Recording>;
}

/** A model on a device of its own, which `open` opened; closing it closes both. */
export class OpenedModel<Recording> {
  /** By task: a label's index is its class. */
  readonly labels: Labels;
  /** Terms of the weights, an SPDX id such as `CC-BY-NC-SA-4.0`; undefined: not stated. */
  readonly license: string | undefined;
  /** What the model says of itself: title, terms, origin, when it is sure. */
  readonly info: ModelInfo;
  /** For what this class does not do: many recordings at once, features, tasks. */
  readonly predictor: Predictor;
  readonly #engine: OwnEngine;
  readonly #predictOne: PredictOne<Recording>;
  #closed = false;

  /** @internal */
  constructor(
    trained: TrainedModel,
    engine: OwnEngine,
    { name, predictOne, ...options }: OpenedOptions<Recording>,
  ) {
    this.labels = trained.labels;
    this.license = trained.license;
    this.info = modelInfo(name, trained);
    this.predictor = new Predictor(engine.engine, trained, { ...options, reopen: engine.reopen });
    this.#engine = engine;
    this.#predictOne = predictOne;
  }

  /**
   * Predicts a recording.
   *
   * @throws FileError if it cannot be read; AudioError if it is not a usable recording; ConfigError for an enrolment of
   *   other features; UsageError for anything else, if the model is closed, or for a speaker given twice or to a model
   *   that does not ask for one
   */
  async predict(
    recording: Recording | Samples,
    { speaker, enrolment }: OpenedPredictOptions = {},
  ): Promise<Prediction> {
    if (this.#closed) throw new UsageError(`${this.info.name} is closed`, 'Open it again.');
    if (speaker !== undefined && enrolment !== undefined) {
      throw new UsageError('`speaker` was given together with `enrolment`', 'Give one of them.');
    }
    if (enrolment !== undefined) {
      refuseOtherEnrolment(enrolment, this.predictor, `the enrolment of ${enrolment.name}`);
    }
    const whose = { speaker: enrolment?.speaker ?? speaker };
    if (!isSamples(recording)) return this.#predictOne(this.predictor, recording, whose);
    const { samples, rate } = recording;
    return this.predictor.predictSamples(samples, rate, 'samples', whose);
  }

  /** Frees the model and its device; more than once is no error. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.predictor.destroy();
    this.#engine.close();
  }
}

/**
 * Puts a model onto a device of its own.
 *
 * @throws AdapterError if there is no device; as Predictor
 */
export async function openTrained<Recording>(
  trained: TrainedModel,
  options: OpenedOptions<Recording>,
): Promise<OpenedModel<Recording> & Disposes> {
  const engine = await OwnEngine.open(options.openEngine);
  try {
    const opened = new OpenedModel(trained, engine, options);
    if (opened.info.nonCommercial) options.log?.(`using ${opened.info.title}`);
    return disposable(opened);
  } catch (error) {
    engine.close();
    throw error;
  }
}

/** With what `using` calls, if this runtime has it. */
function disposable<T extends { close(): void }>(opened: T): T & Disposes {
  const { dispose } = Symbol as { readonly dispose?: symbol };
  if (dispose !== undefined) {
    Object.defineProperty(opened, dispose, { value: () => opened.close() });
  }
  return opened as T & Disposes;
}

/** Whether a recording is samples in memory. */
function isSamples(recording: unknown): recording is Samples {
  const { samples, rate } = (recording ?? {}) as Partial<Samples>;
  return samples instanceof Float32Array && typeof rate === 'number';
}

/** Refuses what is no recording. */
export function notRecording(kinds: string): UsageError {
  return new UsageError('predict was given something that is not a recording', `Give ${kinds}.`);
}
