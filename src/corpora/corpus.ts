import { styles } from '../core/choices.js';
import { type AudioError, CorpusError, type FileError } from '../core/errors.js';
import type { Files } from '../core/files.js';
import { LFS_HINT } from '../core/lfs.js';
import { byCodePoint } from '../core/order.js';
import { parentFolder } from '../core/paths.js';

/** The side of a split that a manifest may name. */
export type SplitName = 'train' | 'validation' | 'test';

/** The label columns of an utterance: one task each, in display order. */
export const tasks = ['emotion', 'speaker', 'gender'] as const;
export type Task = (typeof tasks)[number];

/** Style of the speech. */
export { styles };
/**
 * How an utterance came about: acted from a script, or improvised.
 *
 * @example
 * const style: Style = 'scripted';
 * const { utterances } = await readCorpus('iemocap', files, '/data/IEMOCAP_full_release', {
 *   style,
 * });
 */
export type Style = (typeof styles)[number];

/** One recording and its metadata. */
export interface Utterance {
  /** Path of the recording, for Files. */
  readonly path: string;
  /** Label by task; an absent one means unlabelled. Never empty. */
  readonly labels: Readonly<Record<string, string>>;
  /** Number by regression task; an absent one means unlabelled. Absent if none was asked for. */
  readonly values?: Readonly<Record<string, number>>;
  readonly split?: SplitName;
  /** Path of the file with its features, if another program computed them. */
  readonly features?: string;
  /** Recording session, if the corpus has several. */
  readonly session?: string;
  readonly style?: Style;
  /** Name of its corpus, if several are used together. */
  readonly corpus?: string;
}

/** A recording that is not used, or a line without one. The reason need not repeat the path. */
export interface Skipped {
  readonly path: string;
  readonly reason: string;
}

/** A corpus as it was read: its utterances, and what of it cannot be used. */
export interface Corpus {
  /** The format it was read as. */
  readonly name: string;
  readonly utterances: readonly Utterance[];
  /** Unusable recordings: missing, unreadable, or not named according to the corpus's scheme. */
  readonly skipped: readonly Skipped[];
  /** Usable recordings that are excluded, by the filters or by the format's defaults. */
  readonly leftOut?: readonly Skipped[];
  /** The emotions that are kept by default; absent: all. */
  readonly defaultEmotions?: readonly string[];
  /** Notes for the user, in one line each. */
  readonly notes?: readonly string[];
}

/** Which recording is skipped, and why, in one line. */
export function skippedText({ path, reason }: Skipped): string {
  return reason.includes(path) ? reason : `${path}: ${reason}`;
}

/** Suffix of the reason for a recording that is a Git LFS pointer. */
const PULL = ' (git lfs pull)';

/** Why a recording is skipped, in one line: its error, and what to do if all recordings have it. */
export function reasonOf({ message, hint }: AudioError | FileError): string {
  return hint === LFS_HINT ? `${message}${PULL}` : message;
}

/**
 * Error if no recording of a corpus, or of a part of it, can be used.
 *
 * @param whole name of the part: `training side`
 * @param first the first skipped recording
 */
export function noneUsable(count: number, whole: string, first: Skipped | undefined): CorpusError {
  const example = first === undefined ? '' : ` (${skippedText(first)})`;
  return new CorpusError(
    `none of the ${count} recordings of the ${whole} can be used${example}`,
    first?.reason.endsWith(PULL) ? LFS_HINT : 'Repair or replace the recordings.',
  );
}

/** How many are skipped for each reason, the most common first. */
export function countReasons(skipped: readonly Skipped[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { reason } of skipped) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const sorted = [...counts].sort(([a, m], [b, n]) => n - m || byCodePoint(a, b));
  return Object.fromEntries(sorted);
}

/** Label by task from the cells of a table: trimmed, and absent if empty. */
export function labelsOf(cells: Readonly<Partial<Record<Task, string>>>): Record<string, string> {
  const labels = tasks.map((task) => [task, (cells[task] ?? '').trim()]);
  return Object.fromEntries(labels.filter(([, label]) => label !== '')) as Record<string, string>;
}

/** The paths that do not exist. Lists each folder once instead of checking each file. */
export async function missingPaths(files: Files, paths: readonly string[]): Promise<Set<string>> {
  const folders = [...new Set(paths.map(parentFolder))];
  const listings = await Promise.all(
    folders.map(async (folder) => [folder, new Set(await files.list(folder))] as const),
  );
  const names = new Map(listings);
  const missing = new Set<string>();
  for (const path of paths) {
    const name = path.slice(path.lastIndexOf('/') + 1);
    if (names.get(parentFolder(path))?.has(name)) continue;
    // An unlisted name may still exist, spelt in another case or Unicode form.
    if (!(await files.exists(path))) missing.add(path);
  }
  return missing;
}

/**
 * The corpus of all utterances whose recordings exist; the others are skipped.
 *
 * @throws CorpusError if none is left
 */
export async function corpusOfExisting(
  name: string,
  files: Files,
  utterances: readonly Utterance[],
): Promise<Corpus> {
  const missing = await missingPaths(
    files,
    utterances.map(({ path }) => path),
  );
  const kept = utterances.filter(({ path }) => !missing.has(path));
  if (kept.length === 0) {
    const [first = 'the table is empty'] = missing;
    throw new CorpusError(
      `none of the ${utterances.length} recordings of the ${name} corpus exists (${first})`,
      'Check that the folder has the whole corpus, not only the table.',
    );
  }
  const skipped = [...missing].map((path) => ({ path, reason: 'there is no such file' }));
  return { name, utterances: kept, skipped };
}
