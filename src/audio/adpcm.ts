import { AudioError, messageOf } from '../core/errors.js';
import { viewOf } from './bytes.js';
import type { Piece } from './piece.js';
import { damaged, notRead } from './problems.js';
import type { WavParts } from './riff.js';

const HEADER = 12;
const CHUNK_HEADER = 8;
/** With the number of samples a block, which follows the size of the extension. */
const SHORTEST_FORMAT = 20;
const BLOCKS_A_PIECE = 64;

/**
 * Decodes the ADPCM of Microsoft or IMA in a WAV file. Its samples come in whole blocks.
 *
 * @throws AudioError where the header makes no sense
 */
export async function* adpcmPieces(parts: WavParts, name: string): AsyncGenerator<Piece> {
  const { format, data, littleEndian } = parts;
  if (!littleEndian) throw notRead(name, 'a big-endian WAV file of ADPCM');
  if (format.length < SHORTEST_FORMAT) {
    throw damaged(name, 'WAV', 'its format chunk is too short for ADPCM');
  }
  const view = viewOf(format);
  const channels = view.getUint16(2, true);
  const blockBytes = view.getUint16(12, true);
  const perBlock = view.getUint16(18, true);
  // 7 bytes of a Microsoft block's header, 4 of one of IMA; the rest is 2 samples a byte at most.
  if (channels < 1 || channels > 2 || blockBytes < 7 * channels || perBlock > 2 * blockBytes) {
    throw damaged(
      name,
      'WAV',
      `its header puts ${channels} x ${perBlock} samples of ADPCM in ${blockBytes} bytes`,
    );
  }
  const { default: decode } = await import('@audio/decode-wav');
  const portion = BLOCKS_A_PIECE * blockBytes;
  for (let at = 0; at < data.length; at += portion) {
    try {
      const bare = bareWav(format, data.subarray(at, at + portion));
      const { channelData, sampleRate } = decode(bare);
      yield { channels: channelData, rate: sampleRate };
    } catch (error) {
      throw new AudioError(
        `${name}: a WAV file of ADPCM that cannot be decoded: ${messageOf(error)}`,
        'Copy, download or export it again, or convert it with `ffmpeg -i IN OUT.wav`.',
        { cause: error },
      );
    }
  }
}

/** A file of the two chunks that matter. */
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
