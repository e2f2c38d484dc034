import { FileError, WriteError, messageOf } from '../../core/errors.js';

/** Our code for a file system where folders cannot be created, such as /proc. */
export const NO_FOLDERS = 'ENOFOLDERS';

/** A hint. */
export const elsewhere = 'Give another path.';

/** By the system's error code: what is wrong, and what to do. */
const reasons: Readonly<Record<string, readonly [problem: string, hint: string]>> = {
  ENOENT: ['there is no such file', 'Check the path.'],
  EISDIR: ['it is a folder', 'Give the path of a file.'],
  ENOTDIR: ['a part of the path is a file, not a folder', 'Check the path.'],
  EEXIST: ['a file with that name exists', elsewhere],
  EACCES: ['permission denied', 'Check its owner, or give a path where you can write.'],
  EPERM: ['permission denied', 'Check its owner, or give a path where you can write.'],
  EROFS: ['the file system is read-only', 'Give a path on another file system.'],
  ENOSPC: ['the disk is full', 'Free some space, or give a path on another disk.'],
  EDQUOT: ['the disk quota is used up', 'Free some space, or give a path on another disk.'],
  EMFILE: ['too many files are open', 'Raise the limit (ulimit -n).'],
  ELOOP: ['its links form a loop', 'Check where the links point.'],
  [NO_FOLDERS]: ['folders cannot be created there', elsewhere],
  ENAMETOOLONG: ['the name is too long', 'Give a shorter path.'],
};

/** Turns a failed call of node:fs into an error that says what is wrong with the path. */
export function readError(action: string, path: string, error: unknown): FileError {
  const [problem, hint] = reasonOf(error);
  return new FileError(`cannot ${action} ${path}: ${problem}`, hint, { cause: error });
}

/** The same for a call that changes something. */
export function writeError(action: string, path: string, error: unknown): FileError | WriteError {
  if (error instanceof WriteError || error instanceof FileError) return error;
  const [problem, hint] = reasonOf(error);
  return new WriteError(`cannot ${action} ${path}: ${problem}`, hint, { cause: error });
}

/** Stats of something that is neither a file nor a folder. */
export interface SpecialFile {
  isFIFO(): boolean;
  isSocket(): boolean;
  isBlockDevice(): boolean;
  isCharacterDevice(): boolean;
}

/** Error for a path to something that cannot be read or written as a file. */
export function notRegular(path: string, stats: SpecialFile): FileError {
  return new FileError(
    `cannot read ${path}: it is ${kindName(stats)}, not a regular file`,
    elsewhere,
  );
}

/** Name for something that is neither a file nor a folder. */
export function kindName(stats: SpecialFile): string {
  if (stats.isFIFO()) return 'a named pipe';
  if (stats.isSocket()) return 'a socket';
  return stats.isBlockDevice() || stats.isCharacterDevice() ? 'a device' : 'something else';
}

/** What is wrong, by the system's error code, in a few words. */
export function problemOf(error: unknown): string {
  return reasonOf(error)[0];
}

function reasonOf(error: unknown): readonly [string, string] {
  return reasons[codeOf(error) ?? ''] ?? [messageOf(error), ''];
}

/** The system's code of a failed call, such as ENOENT. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return String(error.code);
}
