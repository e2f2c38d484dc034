import { AudioError, CodecError, FileError, FormatError } from '../core/errors.js';
import { type Attempt, inOrder, Leaving } from '../core/in-order.js';
import type { Prediction } from './predictor.js';

/**
 * How recordings become predictions: first each is prepared by itself (read, decoded, its features computed), then many
 * are predicted together. `featureStage` prepares features; another may prepare samples, and leave the features to
 * the device.
 */
export interface PredictionStage<R, P> {
  /** What is predicted of one recording; several are prepared at a time. An error of its own costs only itself. */
  readonly prepare: (recording: R) => Promise<P>;
  /** Frames of what was prepared: the size of a batch is counted in them. */
  readonly frames: (prepared: P) => number;
  /** Predicts many together, in their order; an error stands for one that failed by itself. */
  readonly predict: (prepared: readonly P[]) => Promise<readonly (Prediction | Error)[]>;
}

/** How many recordings are prepared, and predicted, at a time. */
export interface PredictAllOptions {
  /** Most recordings that are prepared at a time; default 4. A pool of workers takes as many as it has. */
  readonly atOnce?: number | undefined;
  /** Most recordings in a window; default 512. */
  readonly recordings?: number | undefined;
  /** Most frames in a window, unless one recording alone has more; default 65,536, 11 minutes of audio. */
  readonly frames?: number | undefined;
  /**
   * Seconds after which a window is predicted although it is not full, counted from its first recording: for
   * recordings that come slowly. Default: it waits, so that windows do not depend on time.
   */
  readonly seconds?: number | undefined;
}

/** What came of a recording. */
export type Predicted<R> =
  | { readonly recording: R; readonly prediction: Prediction; readonly error?: undefined }
  | { readonly recording: R; readonly error: Error; readonly prediction?: undefined };

/**
 * Predicts any number of recordings, in their order: while a window of them is predicted, in batches of like length,
 * the next is prepared. Two windows are in memory, however many recordings there are. A recording that fails
 * costs only itself.
 *
 * ```ts
 * const stage = featureStage(predictor, files, { cache });
 * for await (const { recording, prediction, error } of predictAll(stage, recordings)) {
 *   console.log(recording.path, error?.message ?? prediction?.tasks['emotion']?.label);
 * }
 * ```
 *
 * @example
 * const recordings = [{ path: 'a.wav' }, { path: 'b.wav' }];
 * for await (const { recording, prediction, error } of predictAll(
 *   featureStage(predictor, files),
 *   recordings,
 * )) {
 *   console.log(recording.path, prediction?.tasks['emotion']?.label ?? messageOf(error));
 * }
 *
 * @param recordings such as `[{ path: 'a.wav' }]`, or a stream of them, which is read only as fast as it is predicted
 * @throws what is no recording's own fault: a lost device, an answer that is not finite, an error of `recordings`
 */
export async function* predictAll<R, P>(
  stage: PredictionStage<R, P>,
  recordings: AsyncIterable<R> | Iterable<R>,
  options: PredictAllOptions = {},
): AsyncGenerator<Predicted<R>, void, undefined> {
  for await (const window of predictWindows(stage, recordings, options)) yield* window;
}

/**
 * `predictAll`, a window at a time: for what is better done once for many, such as writing to disk.
 *
 * @example
 * const stage = featureStage(predictor, files);
 * for await (const window of predictWindows(stage, [{ path: 'a.wav' }, { path: 'b.wav' }])) {
 *   console.log(window.length, 'recordings at once');
 * }
 *
 * @throws as predictAll
 */
export async function* predictWindows<R, P>(
  stage: PredictionStage<R, P>,
  recordings: AsyncIterable<R> | Iterable<R>,
  options: PredictAllOptions = {},
): AsyncGenerator<readonly Predicted<R>[], void, undefined> {
  const { atOnce = 4 } = options;
  const leaving = new Leaving();
  const prepared = inOrder(recordings, stage.prepare, { atOnce, leaving });
  const windows = windowsOfAttempts(prepared, stage.frames, options);
  const begin = () => {
    const window = windows.next();
    window.catch(() => undefined); // it is thrown where it is waited for
    return window;
  };
  let next = begin();
  try {
    for (;;) {
      const window = await next;
      if (window.done) return;
      next = begin();
      yield await predicted(stage, window.value);
    }
  } finally {
    leaving.leave();
    await next.catch(() => undefined);
    await windows.return();
  }
}

/** Fills windows with what was prepared, up to their size. */
async function* windowsOfAttempts<R, P>(
  prepared: AsyncGenerator<Attempt<R, P>, void, undefined>,
  framesOf: (prepared: P) => number,
  { recordings = 512, frames: most = 65_536, seconds = Infinity }: PredictAllOptions,
): AsyncGenerator<readonly Attempt<R, P>[], void, undefined> {
  let window: Attempt<R, P>[] = [];
  let frames = 0;
  let due: Timer | undefined;
  let next = prepared.next();
  try {
    for (;;) {
      const late = due?.over ?? new Promise<undefined>(() => undefined);
      const result = await Promise.race([next, late]);
      if (result === undefined) {
        due = undefined;
        yield window;
        [window, frames] = [[], 0];
        continue;
      }
      if (result.done) break;
      const attempt = result.value;
      next = prepared.next();
      next.catch(() => undefined); // it is thrown where it is waited for
      const own = attempt.value === undefined ? 0 : framesOf(attempt.value);
      if (window.length > 0 && (window.length >= recordings || frames + own > most)) {
        due?.stop();
        due = undefined;
        yield window;
        [window, frames] = [[], 0];
      }
      window.push(attempt);
      frames += own;
      if (seconds !== Infinity) due ??= timer(seconds);
    }
    if (window.length > 0) yield window;
  } finally {
    due?.stop();
    await prepared.return();
  }
}

interface Timer {
  readonly over: Promise<undefined>;
  stop(): void;
}

function timer(seconds: number): Timer {
  let handle: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<undefined>((resolve) => {
    handle = setTimeout(() => resolve(undefined), 1000 * seconds);
  });
  return { over, stop: () => clearTimeout(handle) };
}

async function predicted<R, P>(
  stage: PredictionStage<R, P>,
  window: readonly Attempt<R, P>[],
): Promise<readonly Predicted<R>[]> {
  const usable: P[] = [];
  for (const { value, error } of window) {
    if (value !== undefined) usable.push(value);
    else if (!isOfRecording(error)) throw error;
  }
  const predictions = usable.length === 0 ? [] : await stage.predict(usable);
  let at = 0;
  return window.map(({ item: recording, value, error }): Predicted<R> => {
    if (value === undefined) return { recording, error: error as Error };
    const found = predictions[at++]!;
    return found instanceof Error ? { recording, error: found } : { recording, prediction: found };
  });
}

const ofRecording = [AudioError, CodecError, FileError, FormatError] as const;

/** Whether an error is due to the recording itself, or to its format, whose decoder may be left out: the next one may do. */
export function isOfRecording(error: unknown): error is InstanceType<(typeof ofRecording)[number]> {
  return ofRecording.some((own) => error instanceof own);
}
