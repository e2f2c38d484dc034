import { UsageError } from '../core/errors.js';
import type { Disposes, LiveSound } from '../core/host-types.js';
import type { Engine } from '../gpu/engine.js';
import type { Labels, TrainedModel } from '../model/folder.js';
import { modelInfo, type ModelInfo } from '../model/voices.js';
import { refuseOtherEnrolment, type Enrolment } from './enrolment.js';
import type { SpeakerOptions } from './normalised.js';
import { OwnEngine } from './own-engine.js';
import { predictLive, predictSource, type WindowOptions } from './prediction-stream.js';
import { Predictor, type Prediction, type PredictorOptions } from './predictor.js';
import { isSoundSource, type PcmFormat, type SoundSource } from './sound-source.js';
import type { StreamPrediction } from './stream-predictor.js';

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

/** How live sound is predicted. */
export interface LiveOptions extends WindowOptions {
  /** What `enrol` or `alstm enrol` wrote of the speaker, in place of `speaker`. */
  readonly enrolment?: Enrolment | undefined;
}

/** How sound is predicted that a program reads from somewhere. */
export interface SourceOptions extends LiveOptions {
  /** Sample rate of the source in Hz. */
  readonly rate: number;
  /** How its bytes stand for samples, if its chunks are bytes. */
  readonly format?: PcmFormat | undefined;
}

/** The answer for the model's main task: emotion, if it has that, else its first task of classes. */
export interface MainAnswer {
  /** The label with the highest score; undefined if the model predicts numbers alone. */
  readonly label: string | undefined;
  /** The highest score: the probability of `label`, 0 to 1. */
  readonly score: number | undefined;
  /** Probability of each label, in the order of the classes; they sum to 1. Empty if there are none. */
  readonly scores: Readonly<Record<string, number>>;
  /** Whether the model is sure, as in `TaskPrediction`. */
  readonly sure?: boolean;
}

/** What an opened model answers: the main task at hand, and all tasks as in any prediction. */
export interface OpenedPrediction extends Prediction, MainAnswer {}

/** The same for a window of a stream. */
export interface StreamedPrediction extends StreamPrediction, MainAnswer {}

/** How a kind of recording, other than samples, is read and predicted. */
export type PredictOne<Recording> = (
  predictor: Predictor,
  recording: Recording,
  whose: SpeakerOptions,
) => Promise<Prediction>;

export interface OpenedOptions<Recording, Live = never> extends Omit<PredictorOptions, 'reopen'> {
  /** What the model was named by. */
  readonly name: string;
  /** Opens a device: at once, and again where it is lost. */
  readonly openEngine: () => Promise<Engine>;
  readonly predictOne: PredictOne<Recording>;
  /** Opens live sound; undefined for what it does not know. */
  readonly listen?: (source: Live) => (() => Promise<LiveSound>) | undefined;
  /** What `stream` takes, for errors. */
  readonly sounds?: string;
}

/**
 * A model on a device of its own, which `open` opened; closing it closes both. `Recording` is what it predicts besides
 * samples, `Live` the live sound that it listens to.
 *
 * @example
 * const alstm: OpenedModel<string> = await open('runs/first');
 * const [first, second] = await alstm.predict(['a.wav', 'b.wav']);
 * console.log(first?.label, second?.label);
 * alstm.close();
 */
export class OpenedModel<Recording, Live = never> {
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
  readonly #sounds: string | undefined;
  readonly #listen: OpenedOptions<Recording, Live>['listen'];
  #closed = false;

  /** @internal */
  constructor(
    trained: TrainedModel,
    engine: OwnEngine,
    { name, predictOne, listen, sounds, ...options }: OpenedOptions<Recording, Live>,
  ) {
    this.labels = trained.labels;
    this.license = trained.license;
    this.info = modelInfo(name, trained);
    this.predictor = new Predictor(engine.engine, trained, { ...options, reopen: engine.reopen });
    this.#engine = engine;
    this.#predictOne = predictOne;
    this.#listen = listen;
    this.#sounds = sounds;
  }

  /**
   * Predicts a recording, or several, one after the other (`predictAll` is faster for many).
   *
   * @returns a prediction, or one for each recording
   * @throws FileError if it cannot be read; AudioError if it is not a usable recording; ConfigError for an enrolment of
   *   other features; UsageError for anything else, if the model is closed, or for a speaker given twice or to a model
   *   that does not ask for one
   */
  predict(
    recording: Recording | Samples,
    options?: OpenedPredictOptions,
  ): Promise<OpenedPrediction>;
  predict(
    recordings: readonly (Recording | Samples)[],
    options?: OpenedPredictOptions,
  ): Promise<OpenedPrediction[]>;
  async predict(
    recording: Recording | Samples | readonly (Recording | Samples)[],
    options: OpenedPredictOptions = {},
  ): Promise<OpenedPrediction | OpenedPrediction[]> {
    const speaker = this.#speakerOf(options);
    if (!isList(recording)) return this.#predictSingle(recording, speaker);
    const found: OpenedPrediction[] = [];
    for (const each of recording) found.push(await this.#predictSingle(each, speaker));
    return found;
  }

  /**
   * Predicts sound while it comes: each second (`hopSeconds`) the last five (`windowSeconds`).
   *
   * ```ts
   * for await (const { label, score, end } of alstm.stream(source, { rate: 16_000 })) {
   *   console.log(end, label, score);
   * }
   * ```
   *
   * Leaving the loop ends the source, and closes what was opened for it. A source is read no faster than its windows are
   * predicted: none is left out. Live sound does not wait: windows that come due while another one is predicted, or the
   * loop is busy, are left out, and the next is of the newest sound. What follows the last whole hop is not predicted.
   *
   * @param source live sound, in a page; or chunks of samples, or of bytes with a `format`, at `rate`
   * @throws UsageError for what is not sound, a wrong option, or if the model is closed; AudioError if sound cannot be
   *   had; whatever the source throws. All of them come out of the loop, and end it
   */
  stream(source: Live, options?: LiveOptions): AsyncGenerator<StreamedPrediction, void, undefined>;
  stream(
    source: SoundSource,
    options: SourceOptions,
  ): AsyncGenerator<StreamedPrediction, void, undefined>;
  async *stream(
    source: Live | SoundSource,
    options: LiveOptions & Partial<SourceOptions> = {},
  ): AsyncGenerator<StreamedPrediction, void, undefined> {
    const { enrolment, rate, format, speaker: given, ...windows } = options;
    this.#speakerOf({ speaker: given, enrolment });
    const own = { ...windows, speaker: enrolment?.speaker ?? given };
    for await (const found of this.#windows(source, own, rate, format)) yield withMain(found);
  }

  #windows(
    source: Live | SoundSource,
    options: WindowOptions,
    rate: number | undefined,
    format: SourceOptions['format'],
  ): AsyncGenerator<StreamPrediction, void, undefined> {
    const live = this.#listen?.(source as Live);
    if (live !== undefined) return predictLive(this.predictor, live, options);
    if (!isSoundSource(source)) {
      const hint = `Give ${this.#sounds ?? 'an async iterable of Float32Arrays'}.`;
      throw new UsageError('stream was given something that is not sound', hint);
    }
    if (rate === undefined) {
      const hint = 'Give the sample rate in Hz, such as { rate: 16_000 }.';
      throw new UsageError('stream was not told the `rate` of the source', hint);
    }
    return predictSource(this.predictor, source, { ...options, rate, format });
  }

  /** Of options, which are checked. */
  #speakerOf({ speaker, enrolment }: OpenedPredictOptions): OpenedPredictOptions['speaker'] {
    if (this.#closed) throw new UsageError(`${this.info.name} is closed`, 'Open it again.');
    if (speaker !== undefined && enrolment !== undefined) {
      throw new UsageError('`speaker` was given together with `enrolment`', 'Give one of them.');
    }
    if (enrolment !== undefined) {
      refuseOtherEnrolment(enrolment, this.predictor, `the enrolment of ${enrolment.name}`);
    }
    return enrolment?.speaker ?? speaker;
  }

  async #predictSingle(
    recording: Recording | Samples,
    speaker: OpenedPredictOptions['speaker'],
  ): Promise<OpenedPrediction> {
    if (this.#closed) throw new UsageError(`${this.info.name} is closed`, 'Open it again.');
    if (!isSamples(recording)) {
      return withMain(await this.#predictOne(this.predictor, recording, { speaker }));
    }
    const { samples, rate } = recording;
    return withMain(await this.predictor.predictSamples(samples, rate, 'samples', { speaker }));
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
export async function openTrained<Recording, Live = never>(
  trained: TrainedModel,
  options: OpenedOptions<Recording, Live>,
): Promise<OpenedModel<Recording, Live> & Disposes> {
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

/** With what `using` and `await using` call, if this runtime has it. */
function disposable<T extends { close(): void }>(opened: T): T & Disposes {
  const { dispose, asyncDispose } = Symbol as {
    readonly dispose?: symbol;
    readonly asyncDispose?: symbol;
  };
  const close = (): void => opened.close();
  if (dispose !== undefined) Object.defineProperty(opened, dispose, { value: close });
  if (asyncDispose !== undefined) {
    const value = (): Promise<void> => Promise.resolve(close());
    Object.defineProperty(opened, asyncDispose, { value });
  }
  return opened as T & Disposes;
}

/** A prediction with the main task at hand. */
function withMain<T extends Prediction>(prediction: T): T & MainAnswer {
  const { tasks } = prediction;
  const main = tasks['emotion'] ?? Object.values(tasks)[0];
  if (main === undefined) return { ...prediction, label: undefined, score: undefined, scores: {} };
  return { ...prediction, ...main, score: main.scores[main.label] };
}

/** Whether several recordings were given. */
function isList<T>(recording: T | readonly T[]): recording is readonly T[] {
  return Array.isArray(recording);
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
