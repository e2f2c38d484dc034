import type { Files } from '../core/files.js';
import { joinPath } from '../core/paths.js';

/** Levels of folders that are searched: archives nest, and links may lead in circles. */
const DEEPEST = 4;

/** A recording by its name alone. */
export interface RecordingFile {
  readonly path: string;
  /** Its name without the ending. */
  readonly stem: string;
  /** Name of the folder that holds it; empty for the one that was searched. */
  readonly folder: string;
}

/** The WAV and FLAC files of a folder alone, sorted. */
export async function recordingsIn(files: Files, folder: string): Promise<RecordingFile[]> {
  return recordingsOf(folder, '', await visibleNames(files, folder));
}

/**
 * The WAV and FLAC files of a folder and of those below it, sorted within each; a folder's own come
 * before those below.
 */
export async function findRecordings(
  files: Files,
  folder: string,
  name = '',
  depth = 0,
): Promise<RecordingFile[]> {
  const names = await visibleNames(files, folder);
  const found = recordingsOf(folder, name, names);
  if (depth === DEEPEST) return found;
  for (const inner of names.filter((inner) => stemOf(inner) === undefined)) {
    const path = joinPath(folder, inner);
    if (!(await files.isFolder(path))) continue;
    found.push(...(await findRecordings(files, path, inner, depth + 1)));
  }
  return found;
}

/** Without what systems leave behind: `.DS_Store`, macOS's `._NAME` beside each NAME, `__MACOSX`. */
export async function visibleNames(files: Files, folder: string): Promise<string[]> {
  const names = await files.list(folder);
  return names.filter((name) => !name.startsWith('.') && name !== '__MACOSX');
}

function recordingsOf(path: string, folder: string, names: readonly string[]): RecordingFile[] {
  return names.flatMap((name) => {
    const stem = stemOf(name);
    return stem === undefined ? [] : [{ path: joinPath(path, name), stem, folder }];
  });
}

/** Undefined where the name is not that of a recording. */
function stemOf(name: string): string | undefined {
  return /^(.+)\.(?:wav|flac)$/i.exec(name)?.[1];
}
