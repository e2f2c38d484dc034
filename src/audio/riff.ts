import { AudioError } from '../core/errors.js';
import { type DeclaredSize, tagAt, viewOf } from './bytes.js';

/** The parts of a RIFF WAVE file that matter here. */
export interface WavParts {
  /** Size of the audio data in bytes. */
  readonly size: DeclaredSize;
  /** Bits of a sample of linear integer PCM; undefined for every other coding. */
  readonly pcmBits: number | undefined;
  /** The format and data chunks alone, as a file of their own. */
  readonly bare: Uint8Array;
}

const HEADER = 12;
const CHUNK_HEADER = 8;
const SHORTEST_FORMAT = 16;
const PCM = 1;
/** The true coding stands in the first two bytes of the GUID at byte 24. */
const EXTENSIBLE = 0xfffe;
/** From here on a size means "as much as follows": programs that write to a pipe put it. */
const STREAMED = 0x7fff_f000;

/**
 * Reads the chunks: RIFF header, then identifier, little-endian size and content of each, padded to
 * an even size (Multimedia Programming Interface and Data Specifications 1.0, 1991).
 *
 * @throws AudioError where there is no usable format or data chunk
 */
export function parseWav(bytes: Uint8Array, name: string): WavParts {
  const view = viewOf(bytes);
  const riffSize = view.getUint32(4, true);
  let format: Uint8Array | undefined;
  let at = HEADER;
  while (at + CHUNK_HEADER <= bytes.length) {
    const tag = tagAt(bytes, at);
    const declared = view.getUint32(at + 4, true);
    const body = at + CHUNK_HEADER;
    if (tag === 'fmt ') format = bytes.subarray(body, body + declared);
    if (tag === 'data') {
      const streamed = declared >= STREAMED || (declared === 0 && riffSize === 0);
      const rest = bytes.subarray(body);
      return describe(format, rest, streamed ? rest.length : declared, name);
    }
    at = body + declared + (declared % 2);
  }
  throw broken(name, 'there is no data chunk');
}

function describe(
  format: Uint8Array | undefined,
  rest: Uint8Array,
  declared: number,
  name: string,
): WavParts {
  if (format === undefined || format.length < SHORTEST_FORMAT) {
    throw broken(name, 'there is no complete format chunk before the data');
  }
  const view = viewOf(format);
  const tag = view.getUint16(0, true);
  const coding = tag === EXTENSIBLE && format.length >= 26 ? view.getUint16(24, true) : tag;
  const channels = view.getUint16(2, true);
  const rate = view.getUint32(4, true);
  const blockBytes = view.getUint16(12, true);
  const bits = view.getUint16(14, true);
  if (channels === 0 || rate === 0 || blockBytes === 0) {
    throw broken(name, `its header says ${channels} channels at ${rate} Hz`);
  }
  if (coding === PCM && blockBytes * 8 !== channels * bits) {
    throw broken(name, `its header puts ${channels} x ${bits} bits in ${blockBytes} bytes`);
  }
  const data = rest.subarray(0, declared);
  return {
    size: { declared, present: data.length },
    pcmBits: coding === PCM ? bits : undefined,
    bare: bareWav(format, data),
  };
}

/**
 * A file of the two chunks alone. Decoders trip over the others: the one used here does not know
 * that chunks of odd size are padded.
 */
function bareWav(format: Uint8Array, data: Uint8Array): Uint8Array {
  const formatBytes = format.length - (format.length % 2);
  const bytes = new Uint8Array(HEADER + 2 * CHUNK_HEADER + formatBytes + data.length);
  const view = viewOf(bytes);
  const encoder = new TextEncoder();
  const dataAt = HEADER + CHUNK_HEADER + formatBytes;
  bytes.set(encoder.encode('RIFF'), 0);
  view.setUint32(4, bytes.length - CHUNK_HEADER, true);
  bytes.set(encoder.encode('WAVEfmt '), 8);
  view.setUint32(16, formatBytes, true);
  bytes.set(format.subarray(0, formatBytes), HEADER + CHUNK_HEADER);
  bytes.set(encoder.encode('data'), dataAt);
  view.setUint32(dataAt + 4, data.length, true);
  bytes.set(data, dataAt + CHUNK_HEADER);
  return bytes;
}

function broken(name: string, problem: string): AudioError {
  return new AudioError(
    `${name}: a damaged WAV file: ${problem}`,
    'Copy, download or export it again.',
  );
}
