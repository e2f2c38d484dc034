import { FormatError } from './errors.js';

/**
 * The line a Git LFS pointer starts with: the versions that git-lfs itself reads
 * (its docs/spec.md and lfs/pointer.go).
 */
const FIRST_LINE =
  /^version (https:\/\/git-lfs\.github\.com\/spec\/v|https:\/\/hawser\.github\.com\/spec\/v|http:\/\/git-media\.io\/v\/)\d+\r?\n/;
const LONGEST_POINTER = 1024;

/** Hint for a pointer. */
export const LFS_HINT =
  'Run `git lfs pull` in the clone (`git lfs install` once before) to get the actual file.';

/**
 * Whether a file is a Git LFS pointer: the few lines of text that replace a large file in a clone
 * made without git-lfs.
 */
export function isLfsPointer(bytes: Uint8Array): boolean {
  if (bytes.length > LONGEST_POINTER) return false;
  return FIRST_LINE.test(new TextDecoder().decode(bytes));
}

/**
 * Refuses a pointer in a file that is read as something else.
 *
 * @param source name of the file: usually the path
 * @throws FormatError for a pointer
 */
export function refuseLfsPointer(bytes: Uint8Array, source: string): void {
  if (!isLfsPointer(bytes)) return;
  throw new FormatError(`${source} is a Git LFS pointer, not the actual file`, LFS_HINT);
}
