import { type DeclaredSize, tagAt, viewOf } from './bytes.js';
import { damaged } from './problems.js';

/** The parts of a RIFF WAVE file that matter here. */
export interface WavParts {
  /** Contents of the format chunk, at least 16 bytes. */
  readonly format: Uint8Array;
  /** The existing bytes of the data chunk. */
  readonly data: Uint8Array;
  readonly size: DeclaredSize;
  /** Bytes before the data: some programs include them in the size. */
  readonly headerBytes: number;
  /** False in RIFX, where all numbers are big-endian. */
  readonly littleEndian: boolean;
}

const HEADER = 12;
const CHUNK_HEADER = 8;
const SHORTEST_FORMAT = 16;
/** A size of at least this means "all that follows": written by programs that write to a pipe. */
const STREAMED = 0x7fff_f000;

const riffs = ['RIFF', 'RIFX', 'RF64', 'BW64'];

/** Whether it is a sampling rate in Hz; more than 31 bits are damage. */
export function isRate(rate: number): boolean {
  return rate > 0 && rate < 2 ** 31;
}

export function isWav(bytes: Uint8Array): boolean {
  return riffs.includes(tagAt(bytes, 0)) && tagAt(bytes, 8) === 'WAVE';
}

/**
 * Reads the chunks: RIFF header, then identifier, size and contents of each, padded to an even size
 * (Multimedia Programming Interface and Data Specifications 1.0, 1991); sizes of 64 bits as in EBU Tech
 * 3306 and ITU-R BS.2088.
 *
 * @param total bytes of the whole file, if `bytes` are only its beginning; then `data` is the part of it that they hold
 * @throws AudioError if there is no usable format or data chunk
 */
export function parseWav(bytes: Uint8Array, name: string, total = bytes.length): WavParts {
  const view = viewOf(bytes);
  const littleEndian = tagAt(bytes, 0) !== 'RIFX';
  let format: Uint8Array | undefined;
  let longSize: number | undefined;
  let at = HEADER;
  while (at + CHUNK_HEADER <= bytes.length) {
    const tag = tagAt(bytes, at);
    const declared = view.getUint32(at + 4, littleEndian);
    const body = at + CHUNK_HEADER;
    if (tag === 'fmt ') format = bytes.subarray(body, body + declared);
    if (tag === 'ds64' && body + 16 <= bytes.length) {
      longSize = view.getUint32(body + 8, true) + view.getUint32(body + 12, true) * 2 ** 32;
    }
    if (tag === 'data') {
      if (format === undefined || format.length < SHORTEST_FORMAT) {
        throw damaged(name, 'WAV', 'there is no complete format chunk before the data');
      }
      const rest = bytes.subarray(body);
      // What follows tells what 0 means.
      if (declared === 0 && rest.length < CHUNK_HEADER && bytes.length < total) break;
      const size = sizeOf(declared, longSize, rest, littleEndian, total - body);
      const data = rest.subarray(0, size);
      const present = Math.min(size, total - body);
      return { format, data, size: { declared: size, present }, headerBytes: body, littleEndian };
    }
    at = nextChunk(bytes, body + declared);
  }
  throw damaged(name, 'WAV', 'there is no data chunk');
}

/** The size of the audio data, even if the header was never completed. */
function sizeOf(
  declared: number,
  longSize: number | undefined,
  rest: Uint8Array,
  littleEndian: boolean,
  restBytes: number,
): number {
  if (declared === 0xffff_ffff && longSize !== undefined && longSize !== 0) return longSize;
  if (declared >= STREAMED && declared > restBytes) return restBytes;
  // A recorder that was killed leaves 0; an empty chunk is followed by nothing or by other chunks.
  if (declared === 0 && !isChunks(rest, littleEndian, restBytes)) return restBytes;
  return declared;
}

/** Whether `total` bytes, of which these are the beginning, consist of chunks up to the end, as far as can be seen. */
function isChunks(bytes: Uint8Array, littleEndian: boolean, total: number): boolean {
  let at = 0;
  while (at + CHUNK_HEADER <= bytes.length && isTag(bytes, at)) {
    at = nextChunk(bytes, at + CHUNK_HEADER + viewOf(bytes).getUint32(at + 4, littleEndian));
  }
  const seen = at + CHUNK_HEADER <= bytes.length || bytes.length === total;
  return at === total || (!seen && at > 0 && at < total);
}

/** Chunks start at even offsets; some programs omit the padding byte. */
function nextChunk(bytes: Uint8Array, end: number): number {
  if (end % 2 === 0 || end >= bytes.length) return end;
  return isTag(bytes, end) && !isTag(bytes, end + 1) ? end : end + 1;
}

function isTag(bytes: Uint8Array, at: number): boolean {
  return /^[\x20-\x7e]{4}$/.test(tagAt(bytes, at));
}
