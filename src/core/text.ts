import { FormatError } from './errors.js';
import { refuseLfsPointer } from './lfs.js';

/** Byte order marks of other encodings; the longest first, since UTF-32's begins with UTF-16's. */
const otherMarks: readonly (readonly [encoding: string, mark: readonly number[]])[] = [
  ['UTF-32', [0xff, 0xfe, 0, 0]],
  ['UTF-32', [0, 0, 0xfe, 0xff]],
  ['UTF-16', [0xff, 0xfe]],
  ['UTF-16', [0xfe, 0xff]],
];

/** Engines have no longer strings than about twice this, and say so in a way that would be taken for wrong bytes. */
const MOST_BYTES = 2 ** 28;
const NEWLINE = 0x0a;
/** Bytes at the beginning that are checked for UTF-16 without a mark. */
const SAMPLE = 1024;
const advice = 'Save the file as UTF-8.';

/**
 * Decodes a text file; a byte order mark is dropped. Invalid UTF-8 is an error, not replaced: two names
 * that differ only there would become one.
 *
 * @param source what the bytes are, for errors: usually the path
 * @throws FormatError with the line of the first byte that is not UTF-8; for UTF-16, and
 *   for a Git LFS pointer
 */
export function decodeText(bytes: Uint8Array, source: string): string {
  refuseLfsPointer(bytes, source);
  if (bytes.length > MOST_BYTES) {
    const problem = `${source} has ${bytes.length} bytes, more text than ${MOST_BYTES} at once`;
    throw new FormatError(problem, 'Check that it is the right file.');
  }
  const [other] = otherMarks.find(([, mark]) => mark.every((byte, i) => bytes[i] === byte)) ?? [];
  if (other !== undefined) {
    throw new FormatError(`${source} is ${other} text, not UTF-8`, advice);
  }
  if (isMostlyWide(bytes)) {
    throw new FormatError(`${source} is UTF-16 text or not text at all, not UTF-8`, advice);
  }
  try {
    return strictly(bytes);
  } catch (error) {
    throw new FormatError(
      `${source}, line ${firstBadLine(bytes)}: not UTF-8 text`,
      `${advice} From Latin-1: iconv -f LATIN1 -t UTF-8 FILE > NEW.`,
      { cause: error },
    );
  }
}

function strictly(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
}

/** Whether about every other byte at the beginning is zero, as in UTF-16 without a mark. */
function isMostlyWide(bytes: Uint8Array): boolean {
  const begin = bytes.subarray(0, SAMPLE);
  return begin.reduce((zeros, byte) => zeros + Number(byte === 0), 0) > begin.length / 4;
}

/** First line that is not UTF-8. No sequence spans a line break, so each line can be checked alone. */
function firstBadLine(bytes: Uint8Array): number {
  let line = 1;
  for (let begin = 0; begin < bytes.length; line++) {
    const found = bytes.indexOf(NEWLINE, begin);
    const end = found === -1 ? bytes.length : found;
    try {
      strictly(bytes.subarray(begin, end));
    } catch {
      return line;
    }
    begin = end + 1;
  }
  return line;
}

/** Whether bytes, which may be damaged and not text at all, are a text in UTF-8. */
export function isText(bytes: Uint8Array, text: string): boolean {
  const wanted = new TextEncoder().encode(text);
  return bytes.length === wanted.length && wanted.every((byte, i) => byte === bytes[i]);
}
