import { FileError } from '../core/errors.js';
import type { Files } from '../core/files.js';
import type { EntryFile } from './cache.js';

/** Where one of the two matrices of a cache entry is, and what it was when it was read or written first. */
export interface MatrixPlace {
  readonly path: string;
  /** Its first byte. */
  readonly from: number;
  /** Numbers in it. */
  readonly length: number;
  readonly checksum: number;
}

/** @param matrix its values, which were checked when the whole entry was read, or have just been written */
export function placeOf(
  { path, bytes }: EntryFile,
  which: 'features' | 'normalised',
  matrix: Float32Array,
): MatrixPlace {
  const { length, byteLength } = matrix;
  const from = bytes - (which === 'normalised' ? 1 : 2) * byteLength;
  return { path, from, length, checksum: checksumOf(matrix) };
}

/**
 * The matrix once more, without the rest of its entry: a tenth of the time that the whole takes.
 *
 * @returns undefined if the file is gone, cannot be read, or does not hold it any more: read the entry with its cache, which
 *   says what is wrong
 */
export async function readPlace(
  files: Files,
  { path, from, length, checksum }: MatrixPlace,
): Promise<Float32Array | undefined> {
  try {
    const bytes = await files.readRange?.(path, from, length * Float32Array.BYTES_PER_ELEMENT);
    if (bytes?.length !== length * Float32Array.BYTES_PER_ELEMENT) return undefined;
    const matrix = new Float32Array(bytes.buffer, bytes.byteOffset, length);
    return checksumOf(matrix) === checksum ? matrix : undefined;
  } catch (error) {
    if (error instanceof FileError) return undefined;
    throw error;
  }
}

/**
 * Fletcher's sum over 32-bit words (IEEE Transactions on Communications 30(1), 1982), 53 bits of it: against
 * damage, not against malice. SHA-256 takes four times as long.
 */
export function checksumOf({ buffer, byteOffset, length }: Float32Array): number {
  const words = new Int32Array(buffer, byteOffset, length);
  let first = 1;
  let second = 0;
  for (let i = 0; i < length; i++) {
    first = (first + words[i]!) | 0;
    second = (second + first) | 0;
  }
  return (first >>> 0) + (second & 0x1f_ffff) * 2 ** 32;
}
