import { gunzipSync } from 'fflate';
import { crc32 } from './crc.js';
import { FormatError, messageOf } from './errors.js';

const trailerBytes = 8;

/**
 * Unpacks a gzip file (RFC 1952, one member).
 *
 * @param most maximum unpacked bytes: a file that declares more is not unpacked
 * @throws FormatError if it is damaged, truncated, or unpacks to more than `most` or than it declares
 */
export function gunzip(file: Uint8Array, most: number, source: string): Uint8Array {
  const fail = (problem: string, cause?: unknown) =>
    new FormatError(`${source}: ${problem}`, 'Create or download the archive again.', { cause });
  if (file.length < 10 + trailerBytes) throw fail('it is too short for a gzip file');
  const trailer = new DataView(file.buffer, file.byteOffset + file.length - trailerBytes);
  const size = trailer.getUint32(4, true);
  if (size > most) throw fail(`it unpacks to ${size} bytes, more than ${most}`);
  let bytes: Uint8Array;
  try {
    bytes = gunzipSync(file, { out: new Uint8Array(size) });
  } catch (error) {
    throw fail(`it cannot be unpacked: ${messageOf(error)}`, error);
  }
  if (bytes.length !== size || crc32(bytes) !== trailer.getUint32(0, true)) {
    throw fail('it is damaged');
  }
  return bytes;
}
