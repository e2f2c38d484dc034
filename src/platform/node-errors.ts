import { FileError, WriteError, messageOf } from '../core/errors.js';

/** A hint. */
export const elsewhere = 'Give another path.';

/** By the system's code: what is wrong, and what to do. */
const reasons: Readonly<Record<string, readonly [problem: string, hint: string]>> = {
  ENOENT: ['there is no such file', 'Check the path.'],
  EISDIR: ['it is a folder', 'Give the path of a file.'],
  ENOTDIR: ['a part of the path is a file, not a folder', 'Check the path.'],
  EEXIST: ['a file of that name is in the way', elsewhere],
  EACCES: ['permission denied', 'Check who owns it, or give a path where you may write.'],
  EPERM: ['permission denied', 'Check who owns it, or give a path where you may write.'],
  EROFS: ['the file system is read-only', 'Give a path on another one.'],
  ENOSPC: ['the disk is full', 'Free some space, or give a path on another disk.'],
  EDQUOT: ['the disk quota is used up', 'Free some space, or give a path on another disk.'],
  EMFILE: ['too many files are open', 'Raise the limit (ulimit -n).'],
  ENAMETOOLONG: ['the name is too long', 'Give a shorter path.'],
};

/** A failed call of node:fs as the error that says what is wrong with the path. */
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

function reasonOf(error: unknown): readonly [string, string] {
  return reasons[codeOf(error) ?? ''] ?? [messageOf(error), ''];
}

/** The system's code of a failed call, such as ENOENT. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return String(error.code);
}
