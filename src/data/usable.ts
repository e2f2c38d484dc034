import { AudioError, FileError } from '../core/errors.js';
import type { Files } from '../core/files.js';
import {
  countReasons,
  noneUsable,
  reasonOf,
  type Skipped,
  skippedText,
  type Utterance,
} from '../corpora/corpus.js';
import { outsideDuration, type CorpusFilters } from '../corpora/filters.js';
import type { StoredFeatures } from '../features/utterance.js';
import { type BulkOptions, workersOf } from '../features/workers/bulk.js';
import { featuresInOrder } from '../features/workers/in-order.js';

/** Skipped recordings that are reported one by one. */
const MOST_TOLD = 5;

/** An utterance whose recording could be used, and what was kept of its features. */
export interface Usable<T> {
  readonly utterance: Utterance;
  readonly item: T;
}

export interface UsableOnes<T> {
  /** In the order of the utterances. */
  readonly usable: readonly Usable<T>[];
  /** Recordings that are missing, unreadable or empty. */
  readonly skipped: readonly Skipped[];
  /** Recordings whose duration is outside the wanted range. */
  readonly leftOut: readonly Skipped[];
}

/**
 * The features of the utterances whose recordings can be used, in their order.
 *
 * @param take what to keep of each, so that a corpus is not in memory twice; `file` is what was read: the recording,
 *   or the file with its external features
 * @throws AudioError or FileError for the first unusable one if the filters are strict; WriteError if the
 *   cache cannot be written and there is no `warn`
 */
export async function usableOf<T>(
  files: Files,
  utterances: readonly Utterance[],
  filters: CorpusFilters,
  take: (features: StoredFeatures, path: string, file: string) => T,
  options: BulkOptions,
): Promise<UsableOnes<T>> {
  const usable: Usable<T>[] = [];
  const skipped: Skipped[] = [];
  const leftOut: Skipped[] = [];
  const fileOf = ({ path, features }: Utterance): string =>
    options.featureSet?.external ? (features ?? path) : path;
  const all = featuresInOrder(workersOf(files, options), utterances.map(fileOf), options);
  let done = 0;
  for await (const { path: file, value: features, error } of all) {
    const utterance = utterances[done++]!;
    const { path } = utterance;
    if (features !== undefined) {
      const reason = outsideDuration(features.seconds, filters);
      if (reason === undefined) usable.push({ utterance, item: take(features, path, file) });
      else leftOut.push({ path, reason });
    } else {
      const unusable = error instanceof AudioError || error instanceof FileError;
      if (!unusable || filters.strict) throw error;
      skipped.push({ path, reason: reasonOf(error) });
    }
    options.onProgress?.(done, utterances.length);
  }
  return { usable, skipped, leftOut };
}

/** Reports what is skipped, a line each up to five, and how many recordings are too short or too long. */
export function tellSkipped(
  skipped: readonly Skipped[],
  leftOut: readonly Skipped[],
  warn: ((line: string) => void) | undefined,
): void {
  for (const one of skipped.slice(0, MOST_TOLD)) warn?.(`skipped: ${skippedText(one)}`);
  if (skipped.length > MOST_TOLD) warn?.(`skipped: ${skipped.length - MOST_TOLD} more`);
  for (const [reason, count] of Object.entries(countReasons(leftOut))) {
    warn?.(`skipped: ${count} ${reason}`);
  }
}

/**
 * Refuses a side of the data without any usable recording.
 *
 * @throws CorpusError
 */
export function refuseUnusable(
  side: string,
  utterances: readonly Utterance[],
  usable: readonly unknown[],
  { skipped, leftOut }: Pick<UsableOnes<unknown>, 'skipped' | 'leftOut'>,
): void {
  if (usable.length > 0) return;
  const own = new Set(utterances.map(({ path }) => path));
  const first = [...skipped, ...leftOut].find(({ path }) => own.has(path));
  throw noneUsable(utterances.length, side, first);
}
