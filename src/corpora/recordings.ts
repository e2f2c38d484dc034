import type { Files } from '../core/files.js';
import { joinPath } from '../core/paths.js';
import { walkFolder } from '../core/walk.js';
import type { Skipped } from './corpus.js';

/** Maximum depth of the search: archives nest, but not without end. */
const DEEPEST = 4;

/** A recording, known only by name. */
export interface RecordingFile {
  readonly path: string;
  /** Its name without the extension. */
  readonly stem: string;
  /** Name of its folder; empty for the searched folder. */
  readonly folder: string;
}

/** The WAV and FLAC files directly in a folder, sorted. */
export async function recordingsIn(files: Files, folder: string): Promise<RecordingFile[]> {
  return recordingsOf(folder, '', await visibleNames(files, folder));
}

export interface FoundRecordings {
  readonly recordings: readonly RecordingFile[];
  /** Anything that is not a regular file, and folders that cannot be read. */
  readonly skipped: readonly Skipped[];
  /** One line for each link to a folder that is found under another path. */
  readonly notes: readonly string[];
}

/**
 * The WAV and FLAC files of a folder and its subfolders, sorted within each; a folder's own files come
 * before those of its subfolders. Each folder is searched once, whatever links lead to it.
 *
 * @throws FileError if the folder itself cannot be read
 */
export async function findRecordings(files: Files, folder: string): Promise<FoundRecordings> {
  const { files: found, passed } = await walkFolder(files, folder, {
    visible: isVisible,
    deepest: DEEPEST,
  });
  const recordings = found.flatMap(({ path, parts }) => {
    const stem = stemOf(parts.at(-1) ?? '');
    return stem === undefined ? [] : [{ path, parts, stem, folder: parts.at(-2) ?? '' }];
  });
  recordings.sort((a, b) => ownBeforeBelow(a.parts, b.parts));
  return {
    recordings,
    skipped: passed.flatMap(({ path, reason, kind }) =>
      kind === 'again' ? [] : [{ path, reason }],
    ),
    notes: passed.flatMap(({ path, reason, kind }) =>
      kind === 'again' ? [`${path}: ${reason}`] : [],
    ),
  };
}

/** Order for files sorted by name: those of a folder before those of its subfolders. */
function ownBeforeBelow(a: readonly string[], b: readonly string[]): number {
  let same = 0;
  while (same < a.length && same < b.length && a[same] === b[same]) same++;
  const [aIsOwn, bIsOwn] = [same === a.length - 1, same === b.length - 1];
  return Number(bIsOwn) - Number(aIsOwn);
}

/** Without system files: `.DS_Store`, macOS's `._NAME` for each NAME, `__MACOSX`. */
export async function visibleNames(files: Files, folder: string): Promise<string[]> {
  return (await files.list(folder)).filter(isVisible);
}

/** Not a file of the system. */
export function isVisible(name: string): boolean {
  return !name.startsWith('.') && name !== '__MACOSX';
}

function recordingsOf(path: string, folder: string, names: readonly string[]): RecordingFile[] {
  return names.flatMap((name) => {
    const stem = stemOf(name);
    return stem === undefined ? [] : [{ path: joinPath(path, name), stem, folder }];
  });
}

/** Undefined if the name is not that of a recording. */
function stemOf(name: string): string | undefined {
  return /^(.+)\.(?:wav|flac)$/i.exec(name)?.[1];
}
