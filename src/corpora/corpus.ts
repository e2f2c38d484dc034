import { type AudioError, CorpusError, type FileError } from '../core/errors.js';
import type { Files } from '../core/files.js';
import { LFS_HINT } from '../core/lfs.js';
import { byCodePoint } from '../core/order.js';
import { parentFolder } from '../core/paths.js';

/** The side of a split that a manifest may name. */
export type SplitName = 'train' | 'validation' | 'test';

/** The columns that label an utterance: one task each, in the order in which they are shown. */
export const tasks = ['emotion', 'speaker', 'gender'] as const;
export type Task = (typeof tasks)[number];

/** How the speakers came to their words. */
export const styles = ['improvised', 'scripted'] as const;
export type Style = (typeof styles)[number];

/** One recording and what is known of it. */
export interface Utterance {
  /** Path of the recording, as Files takes it. */
  readonly path: string;
  /** Label by task; an absent one means unlabelled. Never empty. */
  readonly labels: Readonly<Record<string, string>>;
  readonly split?: SplitName;
  /** Of the recording, where the corpus was recorded in several. */
  readonly session?: string;
  readonly style?: Style;
}

/** A recording that is not used, or a line that names none. The reason need not repeat the path. */
export interface Skipped {
  readonly path: string;
  readonly reason: string;
}

export interface Corpus {
  /** The format it was read as. */
  readonly name: string;
  readonly utterances: readonly Utterance[];
  /** What cannot be used: missing, unreadable, or named otherwise than the corpus's authors do. */
  readonly skipped: readonly Skipped[];
  /** What could be used and is not wanted: by the filters, or by the format's own choice. */
  readonly leftOut?: readonly Skipped[];
  /** The emotions that are kept where no others are asked for; default: all. */
  readonly defaultEmotions?: readonly string[];
  /** What a user should know of it, in one line each. */
  readonly notes?: readonly string[];
}

/** Which recording is skipped, and why, in one line. */
export function skippedText({ path, reason }: Skipped): string {
  return reason.includes(path) ? reason : `${path}: ${reason}`;
}

/** Ends the reason of a recording that is a Git LFS pointer. */
const PULL = ' (git lfs pull)';

/** Why a recording is skipped, in one line: what its error says, and what to do where all are like it. */
export function reasonOf({ message, hint }: AudioError | FileError): string {
  return hint === LFS_HINT ? `${message}${PULL}` : message;
}

/**
 * That nothing of a corpus, or of a part of it, can be used.
 *
 * @param whole what it is: `training side`
 * @param first of what is skipped
 */
export function noneUsable(count: number, whole: string, first: Skipped | undefined): CorpusError {
  const example = first === undefined ? '' : ` (${skippedText(first)})`;
  return new CorpusError(
    `none of the ${count} recordings of the ${whole} can be used${example}`,
    first?.reason.endsWith(PULL) ? LFS_HINT : 'Repair or replace the recordings.',
  );
}

/** How many are skipped for each reason: the commonest first. */
export function countReasons(skipped: readonly Skipped[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { reason } of skipped) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const sorted = [...counts].sort(([a, m], [b, n]) => n - m || byCodePoint(a, b));
  return Object.fromEntries(sorted);
}

/** Label by task from the cells of a table: trimmed, and absent where nothing is left. */
export function labelsOf(cells: Readonly<Partial<Record<Task, string>>>): Record<string, string> {
  const labels = tasks.map((task) => [task, (cells[task] ?? '').trim()]);
  return Object.fromEntries(labels.filter(([, label]) => label !== '')) as Record<string, string>;
}

/** Which of the paths do not exist. Lists each folder once instead of asking for each file. */
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
    // A name that was not listed may still exist, spelt differently: in other case or Unicode form.
    if (!(await files.exists(path))) missing.add(path);
  }
  return missing;
}

/**
 * The corpus of those utterances whose recordings exist; the others are skipped.
 *
 * @throws CorpusError when none is left
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
      `none of the ${utterances.length} recordings of the ${name} corpus is there (${first})`,
      'Check that the folder holds the whole corpus, not the table alone.',
    );
  }
  const skipped = [...missing].map((path) => ({ path, reason: 'there is no such file' }));
  return { name, utterances: kept, skipped };
}
