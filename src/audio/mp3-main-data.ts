import { frameHeader, type FrameRun, infoAt } from './mp3-frames.js';

/** Codes of a granule's big values at most: half of its 576 samples. */
const MOST_PAIRS = 288;

/**
 * Whether the frames of layer III fit together: their coded data may begin in the frames before, but not
 * inside another's, and has to end in their own (ISO 11172-3 section 2.4.2.7). There is no checksum.
 *
 * @returns the offset of the first frame that does not fit
 */
export function misfit(bytes: Uint8Array, { kind, start, end }: FrameRun): number | undefined {
  if (kind.layer !== 3) return undefined;
  const side = sideBytes(kind.version === 1, kind.mono);
  let stored = 0; // bytes of coded data in the frames so far
  let used = 0; // where the coded data of the last frame ended
  let settled = false; // a stream may be entered at any frame: the first ones lack what was before
  for (let at = start; at < end;) {
    const header = frameHeader(bytes, at, true)!;
    const length = header.length!;
    if (at !== start || infoAt(bytes, at, kind) === undefined) {
      const crc = (bytes[at + 1]! & 1) === 0 ? 2 : 0;
      const from = at + 4 + crc;
      const frame = sideInfo(bytes, from, kind.version === 1, kind.mono);
      const begin = stored - frame.back;
      stored += length - 4 - crc - side;
      settled ||= begin >= 0;
      if (frame.pairs > MOST_PAIRS) return at;
      if (settled) {
        const past = begin + Math.ceil(frame.bits / 8);
        if (begin < used || past > stored) return at;
        used = past;
      }
    }
    at += length;
  }
  return undefined;
}

function sideBytes(first: boolean, mono: boolean): number {
  if (first) return mono ? 17 : 32;
  return mono ? 9 : 17;
}

interface SideInfo {
  /** Bytes before this frame where its coded data begins. */
  readonly back: number;
  /** Bits of its coded data. */
  readonly bits: number;
  /** The most big values of a granule. */
  readonly pairs: number;
}

/** What a frame says of its granules; each takes 59 bits a channel, 63 in MPEG 2. */
function sideInfo(bytes: Uint8Array, from: number, first: boolean, mono: boolean): SideInfo {
  let position = 8 * from;
  const read = (count: number): number => {
    let value = 0;
    for (let i = 0; i < count; i++, position++) {
      value = 2 * value + ((bytes[position >> 3]! >> (7 - (position & 7))) & 1);
    }
    return value;
  };
  const channels = mono ? 1 : 2;
  const back = read(first ? 9 : 8);
  // Private bits, and which scale factors both granules share.
  position += first ? (mono ? 5 + 4 : 3 + 8) : channels;
  let bits = 0;
  let pairs = 0;
  for (let i = 0; i < (first ? 2 : 1) * channels; i++) {
    const next = position + (first ? 59 : 63);
    bits += read(12);
    pairs = Math.max(pairs, read(9));
    position = next;
  }
  return { back, bits, pairs };
}
