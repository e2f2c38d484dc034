import { AudioError } from '../core/errors.js';
import { viewOf } from './bytes.js';

/** What the STREAMINFO block declares (RFC 9639 section 8.2). */
export interface FlacInfo {
  /** Bits of a sample. */
  readonly bits: number;
  /** Samples a channel; undefined where the encoder did not know. */
  readonly samples: number | undefined;
}

/** Marker and block header (4 bytes each), then 10 bytes of block and frame sizes. */
const PACKED_AT = 18;
const INFO_END = 42;

/** @throws AudioError when the file ends inside the block */
export function flacInfo(bytes: Uint8Array, name: string): FlacInfo {
  if (bytes.length < INFO_END) {
    throw new AudioError(
      `${name}: cut off or damaged: a FLAC file of ${bytes.length} bytes`,
      'Copy, download or export it again.',
    );
  }
  // 20 bits of rate, 3 of channels - 1, 5 of bits - 1, 36 of samples.
  const view = viewOf(bytes);
  const high = view.getUint32(PACKED_AT);
  const samples = (high & 0xf) * 2 ** 32 + view.getUint32(PACKED_AT + 4);
  return { bits: ((high >>> 4) & 0x1f) + 1, samples: samples === 0 ? undefined : samples };
}
