import { CorpusError } from '../core/errors.js';
import type { Files } from '../core/files.js';
import { joinPath, parentFolder } from '../core/paths.js';
import { readTable } from '../core/table.js';
import type { CorpusPermissions } from './filters.js';
import { listedPath } from './listed-path.js';

/** A recording that a table lists. */
export interface ListedRecording {
  readonly path: string;
  /** Its speaker; absent without the column, or where its cell is empty. */
  readonly speaker?: string;
}

export interface RecordingList {
  readonly recordings: readonly ListedRecording[];
  /** Whether the table has a column of speakers. */
  readonly hasSpeakers: boolean;
}

/**
 * Reads which recordings a table lists: CSV (as readManifest) with a column `path`, relative to the file, and perhaps `speaker`; a manifest
 * is one. Other columns are ignored, and the recordings need not exist. As in a manifest, those outside its
 * folder are refused, unless `allowOutside`.
 *
 * @param path the file, or a folder with a `manifest.csv`
 * @throws CorpusError or FormatError with the wrong line; FileError if there is none
 */
export async function readRecordingList(
  files: Files,
  path: string,
  { allowOutside = false }: CorpusPermissions = {},
): Promise<RecordingList> {
  const file = (await files.isFolder(path)) ? joinPath(path, 'manifest.csv') : path;
  const { columns, rows } = await readTable(files, file, {
    required: ['path'],
    safeCells: true,
  });
  const folder = parentFolder(file);
  const recordings = rows.map(({ line, cells }): ListedRecording => {
    const fail = (problem: string, hint: string): CorpusError =>
      new CorpusError(`${file}, line ${line}: ${problem}`, hint);
    if (cells.path.trim() === '') throw fail('the path is empty', 'Give the path of a recording.');
    const found = listedPath(cells.path, folder, allowOutside, fail);
    const speaker = cells['speaker']?.trim() ?? '';
    return { path: found, ...(speaker !== '' && { speaker }) };
  });
  if (recordings.length === 0) {
    throw new CorpusError(`${file}: no recordings`, 'Add a line for each recording.');
  }
  return { recordings, hasSpeakers: columns.includes('speaker') };
}
