import { UsageError } from '../core/errors.js';
import { joinMoments, type SpeakerMoments } from '../features/speaker-moments.js';
import { defaultFeatureSet } from '../features/sets/registry.js';
import type { Prediction, Predictor } from './predictor.js';

/** How a stream of samples is cut into windows, and who gets their predictions. */
export interface StreamOptions {
  /** Sample rate of the pushed samples in Hz; default: the feature set's, 16000 for `prosody36`. */
  readonly rate?: number | undefined;
  /** Each prediction covers the last `windowSeconds`; default 5. */
  readonly windowSeconds?: number | undefined;
  /** Time from one prediction to the next, in milliseconds of audio; default 1000. */
  readonly everyMs?: number | undefined;
  /** No prediction before this much audio; default 1, at most the window. */
  readonly leastSeconds?: number | undefined;
  /**
   * What is known of the speaker when the stream begins, for a model that normalises by speaker; from then on it grows.
   * Default: nothing.
   */
  readonly speaker?: SpeakerMoments | undefined;
  /** Begin a prediction only after `ask()`, one for each call, with the newest samples; default: whenever one is due. */
  readonly onDemand?: boolean | undefined;
  readonly onPrediction: (prediction: StreamPrediction) => void;
  /** Called with the error of a failed prediction; the stream continues. */
  readonly onError: (error: unknown) => void;
}

/** What a model says of a window of a stream. */
export interface StreamPrediction extends Prediction {
  /** The end of the predicted window, in seconds since the stream began; `seconds` is its length. */
  readonly end: number;
}

/** The part of a predictor that is used here; without a feature set, the default one's rate applies. */
export type SamplePredictor = Pick<Predictor, 'predictSamples'> &
  Partial<Pick<Predictor, 'featureSet' | 'normalisation'>>;

/**
 * Predicts a live recording, for example from a microphone: samples are pushed as they come,
 * and the last seconds are predicted at regular intervals. One prediction runs at a time: if the device
 * is slower than the stream, those that are due meanwhile are skipped, and the next one uses the newest
 * samples. A model that trims recordings trims each window as a recording: silence before and after speech
 * is left out as it was in training, and the attention weights are those of the whole window.
 *
 * If the model normalises by speaker, a window is normalised by what is known of the speaker and by itself. A window
 * that shares no sound with one that was added before is added to what is known: so each stretch of sound counts once,
 * as a recording of the length of a window, and the voice is known better the longer the stream lasts.
 *
 * @example
 * const stream = new StreamPredictor(predictor, {
 *   rate: 48_000,
 *   onPrediction: ({ end, tasks }) => console.log(end, tasks['emotion']?.label),
 *   onError: (error) => console.error(messageOf(error)),
 * });
 * stream.push(samples);
 */
export class StreamPredictor {
  readonly #predictor: SamplePredictor;
  readonly #options: StreamOptions;
  readonly #rate: number;
  readonly #every: number;
  readonly #least: number;
  /** The last samples; the oldest is at `#total % length` once it is full. */
  readonly #ring: Float32Array;
  /** Samples pushed so far. */
  #total = 0;
  /** `#total` at the last prediction. */
  #predicted = 0;
  #running: Promise<void> | undefined;
  #speaker: SpeakerMoments | undefined;
  /** `#total` at the end of the last window that was added to `#speaker`. */
  #known = 0;
  #asked = false;
  #closed = false;

  /** @throws UsageError for a window, pace or rate that is not positive */
  constructor(predictor: SamplePredictor, options: StreamOptions) {
    const { rate: usual } = predictor.featureSet ?? defaultFeatureSet;
    const { rate = usual, windowSeconds = 5, everyMs = 1000 } = options;
    const { leastSeconds = Math.min(1, windowSeconds) } = options;
    for (const [name, value] of Object.entries({ rate, windowSeconds, everyMs, leastSeconds })) {
      if (Number.isFinite(value) && value > 0) continue;
      throw new UsageError(`a stream's ${name} is ${value}`, 'Give a positive number.');
    }
    if (leastSeconds > windowSeconds) {
      throw new UsageError(
        `a stream's leastSeconds (${leastSeconds}) is more than its windowSeconds (${windowSeconds})`,
        'Give a longer window.',
      );
    }
    this.#predictor = predictor;
    this.#speaker = options.speaker;
    this.#options = options;
    this.#rate = rate;
    this.#every = Math.max(1, Math.round((everyMs / 1000) * rate));
    this.#least = Math.ceil(leastSeconds * rate);
    this.#ring = new Float32Array(Math.ceil(windowSeconds * rate));
  }

  /**
   * Adds the next samples, and starts a prediction if one is due and none is running.
   *
   * @param samples mono, [N], any number of them; copied
   * @throws UsageError once the stream is closed
   */
  push(samples: Float32Array): void {
    if (this.#closed) throw new UsageError('the stream is closed', 'Create a new one.');
    const { length } = this.#ring;
    const newest = samples.subarray(Math.max(0, samples.length - length));
    const at = (this.#total + samples.length - newest.length) % length;
    const first = newest.subarray(0, length - at);
    this.#ring.set(first, at);
    this.#ring.set(newest.subarray(first.length), 0);
    this.#total += samples.length;
    this.#beginIfDue();
  }

  /** What is known of the speaker so far; undefined at first, and if the model does not normalise by speaker. */
  get speaker(): SpeakerMoments | undefined {
    return this.#speaker;
  }

  /** With `onDemand`: the next prediction may begin, at once if one is due. */
  ask(): void {
    this.#asked = true;
    this.#beginIfDue();
  }

  /** Resolves when no prediction is running. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  /** Ends the stream: no more callbacks. The predictor stays open. */
  close(): void {
    this.#closed = true;
  }

  #beginIfDue(): void {
    const due = this.#total - this.#predicted >= this.#every && this.#total >= this.#least;
    if (!due || this.#running !== undefined || this.#closed) return;
    if (this.#options.onDemand && !this.#asked) return;
    this.#asked = false;
    this.#running = this.#predict().finally(() => {
      this.#running = undefined;
      this.#beginIfDue();
    });
  }

  async #predict(): Promise<void> {
    const total = this.#total;
    const end = total / this.#rate;
    this.#predicted = total;
    try {
      const name = `stream at ${end.toFixed(1)} s`;
      const prediction = await this.#answer(this.#window(), name, total);
      if (!this.#closed) this.#options.onPrediction({ ...prediction, end });
    } catch (error) {
      if (!this.#closed) this.#options.onError(error);
    }
  }

  /**
   * @param window the last samples
   * @param total samples of the stream up to its end
   */
  async #answer(window: Float32Array, name: string, total: number): Promise<Prediction> {
    const [predictor, rate] = [this.#predictor, this.#rate];
    if (predictor.normalisation?.scope !== 'speaker') {
      return predictor.predictSamples(window, rate, name);
    }
    const before = this.#speaker ? [this.#speaker] : [];
    let grown = this.#speaker;
    const speaker = (own: SpeakerMoments) => (grown = joinMoments([...before, own]));
    const prediction = await predictor.predictSamples(window, rate, name, { speaker });
    const whole = window.length === this.#ring.length;
    if (whole && total - window.length >= this.#known) {
      this.#speaker = grown;
      this.#known = total;
    }
    return prediction;
  }

  /** The last samples in order. */
  #window(): Float32Array {
    const { length } = this.#ring;
    if (this.#total <= length) return this.#ring.slice(0, this.#total);
    const at = this.#total % length;
    const window = new Float32Array(length);
    window.set(this.#ring.subarray(at));
    window.set(this.#ring.subarray(0, at), length - at);
    return window;
  }
}
