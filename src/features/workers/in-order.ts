import type { Recording } from '../../audio/decode.js';
import { readAhead } from '../../core/read-ahead.js';
import type { FeatureOptions, StoredFeatures } from '../utterance.js';
import type { RecordingWorkers, SampleNeeds, WorkOptions } from './recording-workers.js';

/** What was found of a recording, or why there is nothing. */
export type Outcome<T> =
  | { readonly path: string; readonly value: T; readonly error?: undefined }
  | { readonly path: string; readonly value?: undefined; readonly error: unknown };

/** Recordings under way for each worker: enough that none waits for a long one before its own. */
const AHEAD = 4;
/** Bytes of results that may wait for their turn. */
const MOST_WAITING = 256 * 2 ** 20;

/**
 * The features of many recordings, in the order of their paths, with a bounded number under way. Nothing is thrown
 * because of one: its error comes in its place, and `warn` is called when its turn comes, so that all is as if they
 * were computed one after the other. Left early, no more are begun, and it ends with those that were.
 *
 * @example
 * const workers = recordingThreads();
 * for await (const { path, value, error } of featuresInOrder(workers, ['a.wav', 'b.wav'])) {
 *   console.log(path, value?.seconds ?? messageOf(error));
 * }
 * await workers.close();
 *
 * @param paths may come one by one, as from an archive that is still searched
 */
export function featuresInOrder(
  workers: RecordingWorkers,
  paths: Iterable<string> | AsyncIterable<string>,
  options: FeatureOptions = {},
): AsyncGenerator<Outcome<StoredFeatures>, void, undefined> {
  const { warn, ...others } = options;
  return inOrder(
    workers,
    paths,
    (path, own) => {
      const told = warn && { warn: own.warn };
      return workers.features(path, { ...others, ...told, signal: own.signal });
    },
    ({ features, normalised }) => features.byteLength + normalised.byteLength,
    warn,
  );
}

/**
 * The samples of many recordings, as featuresInOrder.
 *
 * @example
 * const workers = recordingThreads();
 * for await (const { path, value } of samplesInOrder(workers, ['a.wav', 'b.wav'], {
 *   rate: 16_000,
 *   window: 400,
 * })) {
 *   console.log(path, value?.samples.length);
 * }
 * await workers.close();
 */
export function samplesInOrder(
  workers: RecordingWorkers,
  paths: Iterable<string> | AsyncIterable<string>,
  { rate, window }: SampleNeeds,
): AsyncGenerator<Outcome<Recording>, void, undefined> {
  return inOrder(
    workers,
    paths,
    (path, { signal }) => workers.samples(path, { rate, window, signal }),
    ({ samples }) => samples.byteLength,
  );
}

/** The lengths of many recordings in seconds, as featuresInOrder. */
export function secondsInOrder(
  workers: RecordingWorkers,
  paths: Iterable<string> | AsyncIterable<string>,
): AsyncGenerator<Outcome<number>, void, undefined> {
  return inOrder(
    workers,
    paths,
    (path, own) => workers.seconds(path, own),
    () => 0,
  );
}

interface OwnOptions extends Required<WorkOptions> {
  readonly warn: (line: string) => void;
}

async function* inOrder<T>(
  workers: RecordingWorkers,
  paths: Iterable<string> | AsyncIterable<string>,
  work: (path: string, own: OwnOptions) => Promise<T>,
  sizeOf: (value: T) => number,
  warn?: (line: string) => void,
): AsyncGenerator<Outcome<T>, void, undefined> {
  const signal = { aborted: false };
  const read = async (path: string): Promise<Settled<T>> => {
    const warnings: string[] = [];
    const own = { signal, warn: (line: string) => void warnings.push(line) };
    try {
      return { warnings, outcome: { path, value: await work(path, own) } };
    } catch (error) {
      return { warnings, outcome: { path, error } };
    }
  };
  const ahead = readAhead(paths, read, {
    depth: workers.apart ? AHEAD * workers.size : 0,
    sizeOf: ({ outcome: { value } }) => (value === undefined ? 0 : sizeOf(value)),
    most: MOST_WAITING,
  });
  for await (const [, { warnings, outcome }] of ahead) {
    let left = true;
    try {
      for (const line of warnings) warn?.(line);
      yield outcome;
      left = false;
    } finally {
      signal.aborted = left; // those that have not begun are not begun any more
    }
  }
}

/** An outcome, and what there was to warn of. */
interface Settled<T> {
  readonly outcome: Outcome<T>;
  readonly warnings: readonly string[];
}
