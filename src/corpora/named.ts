import { CorpusError } from '../core/errors.js';
import type { Files } from '../core/files.js';
import { relativePath } from '../core/paths.js';
import {
  labelsOf,
  skippedText,
  type Corpus,
  type Skipped,
  type Task,
  type Utterance,
} from './corpus.js';
import { findRecordings, type FoundRecordings } from './recordings.js';

/** Information in the name of a recording. */
export interface NamedRecording {
  readonly labels: Readonly<Partial<Record<Task, string>>>;
  /** Numbers of the recording, from a table. */
  readonly values?: Readonly<Record<string, number>>;
  /** The same for every copy of the recording; default: its name. */
  readonly id?: string;
  /** Why the corpus excludes it by design. */
  readonly leftOut?: string;
}

/** The naming scheme of a corpus. */
export interface Naming {
  /** The format. */
  readonly name: string;
  /** Its authors' name for it. */
  readonly title: string;
  /** An example path within it, for messages. */
  readonly example: string;
  /**
   * @param stem name of the file without its extension
   * @param folder name of its folder; empty at the top
   * @param path its path in the corpus
   * @returns undefined if the name does not follow the scheme
   */
  readonly parse: (stem: string, folder: string, path: string) => NamedRecording | undefined;
}

const nothing: FoundRecordings = { recordings: [], skipped: [], notes: [] };

/**
 * Reads a corpus whose file names contain all labels: in the folder and its subfolders, however its
 * archive was unpacked. Other names are skipped; of several copies the first is used.
 *
 * @throws CorpusError if no recording follows the scheme, or none is used
 */
export async function readNamed(files: Files, folder: string, naming: Naming): Promise<Corpus> {
  const { name, title, example, parse } = naming;
  const found = (await files.isFolder(folder)) ? await findRecordings(files, folder) : nothing;
  const { recordings, notes } = found;
  const utterances: Utterance[] = [];
  const skipped: Skipped[] = [...found.skipped];
  const leftOut: Skipped[] = [];
  const seen = new Set<string>();
  for (const { path, stem, folder: inner } of recordings) {
    const named = parse(stem, inner, relativePath(folder, path));
    if (named === undefined) {
      skipped.push({ path, reason: `not named like ${title} recordings: ${example}` });
      continue;
    }
    const { id = stem, labels, values } = named;
    const reason = seen.has(id) ? 'another copy of a recording' : named.leftOut;
    seen.add(id);
    if (reason !== undefined) leftOut.push({ path, reason });
    else utterances.push({ path, labels: labelsOf(labels), ...(values && { values }) });
  }
  if (utterances.length > 0) {
    return {
      ...{ name, utterances, skipped },
      ...(leftOut.length > 0 && { leftOut }),
      ...(notes.length > 0 && { notes }),
    };
  }
  const [unused] = leftOut;
  const [unread] = found.skipped;
  const others = `none of the ${recordings.length} WAV and FLAC files in ${folder} and below is`;
  const problem =
    unused !== undefined
      ? `${others} used (${unused.path}: ${unused.reason})`
      : recordings.length > 0
        ? `${others} named like ${title}: ${example}`
        : `there are no WAV or FLAC files in ${folder} and below, such as ${example}` +
          (unread === undefined ? '' : ` (${skippedText(unread)})`);
  throw new CorpusError(problem, `Give the folder of the ${title} corpus, unpacked.`);
}
