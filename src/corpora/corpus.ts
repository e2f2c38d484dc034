import { CorpusError } from '../core/errors.js';
import type { Files } from '../core/files.js';
import { parentFolder } from '../core/paths.js';

/** The side of a split that a manifest may name. */
export type SplitName = 'train' | 'validation' | 'test';

/** The columns that label an utterance: one task each, in the order in which they are shown. */
export const tasks = ['emotion', 'speaker', 'gender'] as const;
export type Task = (typeof tasks)[number];

/** One recording and what is known of it. */
export interface Utterance {
  /** Path of the recording, as Files takes it. */
  readonly path: string;
  /** Label by task; an absent one means unlabelled. Never empty. */
  readonly labels: Readonly<Record<string, string>>;
  readonly split?: SplitName;
}

/** A recording that a corpus lists and that is not used. */
export interface Skipped {
  readonly path: string;
  readonly reason: string;
}

export interface Corpus {
  /** The format it was read as. */
  readonly name: string;
  readonly utterances: readonly Utterance[];
  readonly skipped: readonly Skipped[];
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
