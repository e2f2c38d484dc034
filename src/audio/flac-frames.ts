import { tagAt, viewOf } from './bytes.js';

/** The STREAMINFO block (RFC 9639 section 8.2), and the end of the blocks. */
export interface FlacInfo {
  readonly rate: number;
  readonly channels: number;
  /** Bits per sample. */
  readonly bits: number;
  /** Samples per channel; undefined if the encoder did not know. */
  readonly samples: number | undefined;
  /** Offset of the first frame. */
  readonly end: number;
}

/** A frame's header (section 9.1). */
export interface FlacFrame {
  /** Number of the frame, or of its first sample if the block size varies. */
  readonly number: number;
  /** The number of the next frame. */
  readonly nextNumber: number;
  /** Samples per channel. */
  readonly samples: number;
  /** From the header itself; undefined if it refers to STREAMINFO. */
  readonly rate: number | undefined;
  readonly channels: number;
  /** How two channels are coded together. */
  readonly stereo: 'apart' | 'left-side' | 'side-right' | 'mid-side';
  readonly bits: number | undefined;
  /** Bytes of the header. */
  readonly length: number;
}

const BLOCK_HEADER = 4;
const STREAMINFO_BYTES = 34;
/** Offset in STREAMINFO, after 10 bytes of block and frame sizes. */
const PACKED_AT = 10;
const RATES = [
  0, 88_200, 176_400, 192_000, 8000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000,
] as const;
const STEREO = ['left-side', 'side-right', 'mid-side'] as const;
const BITS = [undefined, 8, 12, undefined, 16, 20, 24, 32] as const;

/** Reads the metadata blocks, starting at the marker `fLaC`; undefined if they are incomplete. */
export function flacInfo(bytes: Uint8Array, start: number): FlacInfo | undefined {
  let at = start + 4;
  if (tagAt(bytes, start) !== 'fLaC' || at + BLOCK_HEADER + STREAMINFO_BYTES > bytes.length) {
    return undefined;
  }
  const view = viewOf(bytes);
  if ((bytes[at]! & 0x7f) !== 0) return undefined;
  const packed = at + BLOCK_HEADER + PACKED_AT;
  for (let last = false; !last;) {
    if (at + BLOCK_HEADER > bytes.length) return undefined;
    const word = view.getUint32(at);
    last = word >>> 31 === 1;
    at += BLOCK_HEADER + (word & 0xff_ffff);
  }
  if (at > bytes.length) return undefined;
  // 20 bits of rate, 3 of channels - 1, 5 of bits - 1, 36 of samples.
  const high = view.getUint32(packed);
  const samples = (high & 0xf) * 2 ** 32 + view.getUint32(packed + 4);
  return {
    rate: high >>> 12,
    channels: ((high >>> 9) & 7) + 1,
    bits: ((high >>> 4) & 0x1f) + 1,
    samples: samples === 0 ? undefined : samples,
    end: at,
  };
}

/** The frame header at an offset, with its checksum verified; undefined if there is none. */
export function flacFrame(bytes: Uint8Array, at: number): FlacFrame | undefined {
  if (bytes[at] !== 0xff || (bytes[at + 1]! & 0xfe) !== 0xf8 || at + 6 > bytes.length) {
    return undefined;
  }
  const blockCode = bytes[at + 2]! >> 4;
  const rateCode = bytes[at + 2]! & 15;
  const channelCode = bytes[at + 3]! >> 4;
  const bits = BITS[(bytes[at + 3]! >> 1) & 7];
  if (blockCode === 0 || rateCode === 15 || channelCode > 10 || (bytes[at + 3]! & 1) !== 0) {
    return undefined;
  }
  let end = at + 4 + codedLength(bytes[at + 4]!);
  const number = codedNumber(bytes.subarray(at + 4, end));
  const size16 = (place: number): number => bytes[place]! * 256 + bytes[place + 1]!;
  let samples = blockCode === 1 ? 192 : 576 * 2 ** (blockCode - 2);
  if (blockCode === 6) samples = bytes[end++]! + 1;
  else if (blockCode === 7) {
    samples = size16(end) + 1;
    end += 2;
  } else if (blockCode > 7) samples = 2 ** blockCode;
  let rate: number | undefined = rateCode === 0 ? undefined : RATES[rateCode];
  if (rateCode === 12) rate = bytes[end++]! * 1000;
  else if (rateCode > 12) {
    rate = size16(end) * (rateCode === 14 ? 10 : 1);
    end += 2;
  }
  if (end >= bytes.length || crc8(bytes, at, end) !== bytes[end]) return undefined;
  const channels = channelCode < 8 ? channelCode + 1 : 2;
  const stereo = STEREO[channelCode - 8] ?? 'apart';
  const nextNumber = number + ((bytes[at + 1]! & 1) === 0 ? 1 : samples);
  return { number, nextNumber, samples, rate, channels, stereo, bits, length: end + 1 - at };
}

/** Bytes of the coded number, as in UTF-8 but up to 7. */
function codedLength(first: number): number {
  return first < 0x80 ? 1 : Math.max(1, Math.clz32(~(first << 24)));
}

/** Section 9.1.5: the first byte's bits after its ones and a zero, then 6 bits of each other byte. */
function codedNumber([first = 0, ...others]: Uint8Array): number {
  if (others.length === 0) return first & 0x7f;
  return others.reduce((sum, byte) => sum * 64 + (byte & 0x3f), first & (0x3f >> others.length));
}

function crc8(bytes: Uint8Array, from: number, to: number): number {
  let crc = 0;
  for (let i = from; i < to; i++) crc = CRC8[crc ^ bytes[i]!]!;
  return crc;
}

/** Adds a byte to a frame's checksum; over a whole frame, including the checksum, it is 0. */
export function crc16(crc: number, byte: number): number {
  return CRC16[(crc >> 8) ^ byte]! ^ ((crc << 8) & 0xffff);
}

const CRC8 = table((code) => code, 0x80, 0x07);
const CRC16 = table((code) => code << 8, 0x8000, 0x8005);

function table(start: (code: number) => number, top: number, polynomial: number): Uint16Array {
  return Uint16Array.from({ length: 256 }, (_, code) => {
    let crc = start(code);
    for (let bit = 0; bit < 8; bit++) crc = (crc & top) !== 0 ? (crc << 1) ^ polynomial : crc << 1;
    return crc & (2 * top - 1);
  });
}
