import type { Files } from '../core/files.js';
import { joinPath } from '../core/paths.js';
import { walkFolder } from '../core/walk.js';
import type { Skipped } from './corpus.js';

/** Levels of folders that are searched: archives nest, but not for ever. */
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

export interface FoundRecordings {
  readonly recordings: readonly RecordingFile[];
  /** What is no regular file, and folders that cannot be read. */
  readonly skipped: readonly Skipped[];
  /** Of links to folders that are there by another path, in one line each. */
  readonly notes: readonly string[];
}

/**
 * The WAV and FLAC files of a folder and of those below it, sorted within each; a folder's own come
 * before those below. Each folder is searched once, whatever links lead to it.
 *
 * @throws FileError where the folder itself cannot be read
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

/** For files that are in the order of their names: those of a folder before those of its folders. */
function ownBeforeBelow(a: readonly string[], b: readonly string[]): number {
  let same = 0;
  while (same < a.length && same < b.length && a[same] === b[same]) same++;
  const [aIsOwn, bIsOwn] = [same === a.length - 1, same === b.length - 1];
  return Number(bIsOwn) - Number(aIsOwn);
}

/** Without what systems leave behind: `.DS_Store`, macOS's `._NAME` beside each NAME, `__MACOSX`. */
export async function visibleNames(files: Files, folder: string): Promise<string[]> {
  return (await files.list(folder)).filter(isVisible);
}

function isVisible(name: string): boolean {
  return !name.startsWith('.') && name !== '__MACOSX';
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
