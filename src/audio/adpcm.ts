import { viewOf } from './bytes.js';
import { openDecoder } from './codecs.js';
import type { Piece } from './piece.js';
import { damaged, notRead } from './problems.js';
import { isRate, type WavParts } from './riff.js';

const HEADER = 12;
const CHUNK_HEADER = 8;
const FORMAT_BYTES = 20;
/**
 * Bytes of a block's header per channel, and the samples in them; each byte after that has two. Of each channel
 * there is the place in a table of so many entries: `bytes` of it at that offset, every `step` bytes.
 */
const blocks = {
  'MS-ADPCM': { tag: 2, header: 7, samples: 2, table: { at: 0, step: 1, bytes: 1, entries: 7 } },
  'IMA-ADPCM': {
    tag: 0x11,
    header: 4,
    samples: 1,
    table: { at: 2, step: 4, bytes: 2, entries: 89 },
  },
} as const;
const BLOCKS_A_PIECE = 64;

/**
 * Decodes Microsoft or IMA ADPCM in a WAV file. Its samples come in whole blocks.
 *
 * @throws AudioError if the file's header is not valid, or a block's, also on the way
 */
export async function* adpcmPieces(
  { format, data, littleEndian }: WavParts,
  coding: keyof typeof blocks,
  name: string,
): AsyncGenerator<Piece> {
  if (!littleEndian) throw notRead(name, 'a big-endian WAV file with ADPCM');
  const view = viewOf(format);
  const channels = view.getUint16(2, true);
  const blockBytes = view.getUint16(12, true);
  const { tag, header, samples, table } = blocks[coding];
  const rate = view.getUint32(4, true);
  if (channels < 1 || channels > 2 || !isRate(rate) || blockBytes <= header * channels) {
    throw damaged(
      name,
      'WAV',
      `its header declares ${channels} channels of ADPCM at ${rate} Hz in blocks of ${blockBytes} bytes`,
    );
  }
  // Without the bytes after the usual 16, which differ between files.
  const plain = new Uint8Array(FORMAT_BYTES);
  plain.set(format.subarray(0, FORMAT_BYTES - 4));
  const plainView = viewOf(plain);
  plainView.setUint16(0, tag, true);
  plainView.setUint16(16, 2, true); // bytes that follow
  const perBlock = samples + Math.floor((2 * (blockBytes - header * channels)) / channels);
  plainView.setUint16(18, perBlock, true);
  const decoder = await openDecoder('ADPCM', name);
  try {
    decoder.decode(headerOf(plain));
    const portion = BLOCKS_A_PIECE * blockBytes;
    for (let at = 0; at < data.length; at += portion) {
      const whole = wholeBlocks(data.subarray(at, at + portion), channels, blockBytes, table);
      const piece = decoder.decode(data.subarray(at, at + whole.length));
      if (piece.channels.length > 0) yield piece;
      if (whole.damagedAt === undefined) continue;
      const place = at + whole.damagedAt;
      throw damaged(
        name,
        'WAV',
        `the block of ADPCM at byte ${place} of its data has no valid header`,
      );
    }
  } finally {
    decoder.free();
  }
}

interface Table {
  readonly at: number;
  readonly step: number;
  readonly bytes: 1 | 2;
  readonly entries: number;
}

/** How many bytes are whole blocks, up to one that names an entry that its table has not: decoders take another. */
function wholeBlocks(bytes: Uint8Array, channels: number, blockBytes: number, table: Table) {
  let at = 0;
  for (; at + blockBytes <= bytes.length; at += blockBytes) {
    for (let c = 0; c < channels; c++) {
      const place = at + table.at + c * table.step;
      const entry = bytes[place]! + (table.bytes === 2 ? 256 * bytes[place + 1]! : 0);
      if (entry >= table.entries) return { length: at, damagedAt: at };
    }
  }
  return { length: at };
}

/** A file header with the two required chunks, up to the data, whose size is "all that follows". */
function headerOf(format: Uint8Array): Uint8Array {
  const dataAt = HEADER + CHUNK_HEADER + FORMAT_BYTES;
  const bytes = new Uint8Array(dataAt + CHUNK_HEADER);
  const view = viewOf(bytes);
  const encoder = new TextEncoder();
  bytes.set(encoder.encode('RIFF'), 0);
  view.setUint32(4, 0xffff_ffff, true);
  bytes.set(encoder.encode('WAVEfmt '), 8);
  view.setUint32(16, FORMAT_BYTES, true);
  bytes.set(format, HEADER + CHUNK_HEADER);
  bytes.set(encoder.encode('data'), dataAt);
  view.setUint32(dataAt + 4, 0xffff_ffff, true);
  return bytes;
}
