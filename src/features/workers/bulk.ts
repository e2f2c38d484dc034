import type { Files } from '../../core/files.js';
import type { FeatureOptions, UtteranceFeatures } from '../utterance.js';
import { featuresInOrder } from './in-order.js';
import { InThisThread, type RecordingWorkers } from './recording-workers.js';

/** How the features of many recordings are computed. */
export interface BulkOptions extends FeatureOptions {
  /** Who computes them, of the same files; default: this thread, one after the other. */
  readonly workers?: RecordingWorkers | undefined;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Those who were given, or this thread. */
export function workersOf(
  files: Files,
  { workers }: Pick<BulkOptions, 'workers'>,
): RecordingWorkers {
  return workers ?? new InThisThread(files);
}

/**
 * `featuresOfFile` for many files; stops at the first that fails.
 *
 * @example
 * const seconds = await mapFeatures(files, ['a.wav', 'b.wav'], (found) => found.seconds);
 * console.log(seconds);
 *
 * @param take what to keep of each, so that a corpus is not in memory twice
 * @returns the results of `take`, in the order of `paths`
 */
export async function mapFeatures<R>(
  files: Files,
  paths: readonly string[],
  take: (utterance: UtteranceFeatures, path: string) => R,
  options: BulkOptions = {},
): Promise<R[]> {
  const taken: R[] = [];
  for await (const found of featuresInOrder(workersOf(files, options), paths, options)) {
    if (found.value === undefined) throw found.error;
    taken.push(take(found.value, found.path));
    options.onProgress?.(taken.length, paths.length);
  }
  return taken;
}
