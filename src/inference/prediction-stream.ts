import { UsageError } from '../core/errors.js';
import type { AbortSignalLike, LiveSound } from '../core/host-types.js';
import type { SpeakerMoments } from '../features/speaker-moments.js';
import { samplesOf, type PcmFormat, type SoundSource } from './sound-source.js';
import {
  StreamPredictor,
  type SamplePredictor,
  type StreamPrediction,
} from './stream-predictor.js';

/** How sound is cut into windows, each of which is predicted. */
export interface WindowOptions {
  /** Each prediction covers the last `windowSeconds`; default 5. */
  readonly windowSeconds?: number | undefined;
  /** No prediction before this much sound; default 1, at most the window. */
  readonly leastSeconds?: number | undefined;
  /** What is known of the speaker at the beginning, for a model that normalises by speaker; from then on it grows. */
  readonly speaker?: SpeakerMoments | undefined;
  /** Time from one prediction to the next, in seconds of sound; default 1. */
  readonly hopSeconds?: number | undefined;
  /** Ends the loop once aborted, without an error. */
  readonly signal?: AbortSignalLike | undefined;
}

/** The same of a source, which has a rate, and a format if it is of bytes. */
interface SourceWindows extends WindowOptions {
  readonly rate: number;
  readonly format?: PcmFormat | undefined;
}

/**
 * Predicts the windows of a source, all of them: it is read no faster than they are predicted.
 *
 * @throws UsageError for a wrong option; as samplesOf and predictSamples
 */
export async function* predictSource(
  predictor: SamplePredictor,
  source: SoundSource,
  { rate, format, hopSeconds = 1, signal, ...options }: SourceWindows,
): AsyncGenerator<StreamPrediction, void, undefined> {
  const found: StreamPrediction[] = [];
  const failures: unknown[] = [];
  const stream = new StreamPredictor(predictor, {
    ...options,
    rate,
    everyMs: everyMs(hopSeconds),
    onPrediction: (prediction) => found.push(prediction),
    onError: (error) => failures.push(error),
  });
  const hop = Math.max(1, Math.round(hopSeconds * rate));
  let total = 0;
  const samples = samplesOf(source, format);
  let stop = (): void => undefined;
  const onAbort = (): void => stop();
  signal?.addEventListener('abort', onAbort);
  try {
    while (!signal?.aborted) {
      const next = await new Promise<IteratorResult<Float32Array, void> | undefined>(
        (resolve, reject) => {
          stop = () => resolve(undefined);
          samples.next().then(resolve, reject);
        },
      );
      if (next === undefined || next.done) return;
      // in pieces that end where a window is due
      for (let at = 0; at < next.value.length && !signal?.aborted;) {
        const piece = next.value.subarray(at, at + hop - (total % hop));
        stream.push(piece);
        await stream.idle();
        if (failures.length > 0) throw failures[0];
        yield* found.splice(0);
        at += piece.length;
        total += piece.length;
      }
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
    stream.close();
    const ending = samples.return();
    // a source that has nothing to say yet ends with its next chunk, which may never come
    if (signal?.aborted) ending.catch(() => undefined);
    else await ending;
  }
}

/**
 * Predicts windows of live sound: while one is predicted, or the loop is busy with the last, those that come due are left
 * out, and the next one is of the newest sound. The sound is closed at the end.
 *
 * @throws UsageError for a wrong option; as `open` and predictSamples
 */
export async function* predictLive(
  predictor: SamplePredictor,
  open: () => Promise<LiveSound>,
  { hopSeconds = 1, signal, ...options }: WindowOptions,
): AsyncGenerator<StreamPrediction, void, undefined> {
  const every = everyMs(hopSeconds);
  const found: StreamPrediction[] = [];
  const failures: unknown[] = [];
  let [ended, closed] = [false, false];
  let wake = (): void => undefined;
  const end = (): void => {
    ended = true;
    wake();
  };
  const sound = await open();
  try {
    const stream = new StreamPredictor(predictor, {
      ...options,
      rate: sound.rate,
      everyMs: every,
      onDemand: true,
      onPrediction: (prediction) => {
        found.push(prediction);
        wake();
      },
      onError: (error) => {
        failures.push(error);
        wake();
      },
    });
    signal?.addEventListener('abort', end);
    sound.start((samples) => {
      if (!closed) stream.push(samples);
    }, end);
    while (!signal?.aborted) {
      if (failures.length > 0) throw failures[0];
      const next = found.shift();
      if (next !== undefined) {
        yield next;
      } else if (ended) {
        await stream.idle();
        if (found.length === 0 && failures.length === 0) return;
      } else {
        const woken = new Promise<void>((resolve) => (wake = resolve));
        stream.ask();
        await woken;
      }
    }
  } finally {
    closed = true;
    signal?.removeEventListener('abort', end);
    sound.close();
  }
}

function everyMs(hopSeconds: number): number {
  if (Number.isFinite(hopSeconds) && hopSeconds > 0) return 1000 * hopSeconds;
  throw new UsageError(`a stream's hopSeconds is ${hopSeconds}`, 'Give a positive number.');
}
