/** How a channel of a frame is coded. */
export interface Subframe {
  readonly kind: 'constant' | 'verbatim' | 'fixed' | 'lpc';
  readonly order?: number;
  readonly wasted?: number;
  /** Of LPC, [order]: the first for the sample before. */
  readonly coefficients?: readonly number[];
  readonly shift?: number;
  readonly partitionOrder?: number;
  /** With 5 bits of Rice parameter instead of 4. */
  readonly long?: boolean;
  /** Without Rice codes, each residual in as many bits as the largest. */
  readonly escaped?: boolean;
}

export interface Frame {
  /** Integer codes, each [N], before they are coded together. */
  readonly channels: readonly (readonly number[])[];
  readonly bits: number;
  readonly rate: number;
  readonly number: number;
  readonly variable?: boolean;
  /** Where the rate and the bits are: in the file's header, or here. */
  readonly rateIn?: 'header' | 'code' | 'kHz' | 'Hz' | 'tens';
  readonly bitsIn?: 'header' | 'code';
  readonly stereo?: 'left-side' | 'side-right' | 'mid-side';
  readonly subframes: readonly Subframe[];
}

export interface Header {
  readonly rate: number;
  readonly channels: number;
  readonly bits: number;
  /** 0: unknown. */
  readonly samples: number;
  readonly md5?: Uint8Array;
  /** Other blocks: type and contents. */
  readonly blocks?: readonly (readonly [number, Uint8Array])[];
  readonly blockSizes?: readonly [number, number];
}

/** Bits, the highest of each byte first. */
class Bits {
  readonly bytes: number[] = [];
  private used = 0;

  /** Up to 40 bits; negative in two's complement. */
  put(value: number, bits: number): void {
    let rest = value < 0 ? value + 2 ** bits : value;
    for (let i = bits - 1; i >= 0; i--) {
      const unit = 2 ** i;
      const bit = rest >= unit ? 1 : 0;
      rest -= bit * unit;
      if (this.used % 8 === 0) this.bytes.push(0);
      this.bytes[this.bytes.length - 1]! |= bit << (7 - (this.used % 8));
      this.used++;
    }
  }

  unary(zeros: number): void {
    for (let i = 0; i < zeros; i++) this.put(0, 1);
    this.put(1, 1);
  }

  align(): void {
    this.used = 8 * this.bytes.length;
  }
}

/** The marker and the blocks of metadata (RFC 9639 section 8). */
export function headerBytes(header: Header): Uint8Array {
  const { rate, channels, bits, samples, md5, blocks = [], blockSizes = [16, 4096] } = header;
  const out = new Bits();
  out.put(0x664c_6143, 32);
  out.put(blocks.length === 0 ? 0x80 : 0, 8);
  out.put(34, 24);
  for (const size of blockSizes) out.put(size, 16);
  out.put(0, 24);
  out.put(0, 24);
  out.put(rate, 20);
  out.put(channels - 1, 3);
  out.put(bits - 1, 5);
  out.put(samples, 36);
  for (const byte of md5 ?? new Uint8Array(16)) out.put(byte, 8);
  for (const [i, [type, content]] of blocks.entries()) {
    out.put(type + (i === blocks.length - 1 ? 0x80 : 0), 8);
    out.put(content.length, 24);
    out.bytes.push(...content);
    out.align();
  }
  return Uint8Array.from(out.bytes);
}

const RATES = [
  0, 88_200, 176_400, 192_000, 8000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000,
];
const BITS: Readonly<Record<number, number>> = { 8: 1, 12: 2, 16: 4, 20: 5, 24: 6, 32: 7 };
const STEREO = { 'left-side': 8, 'side-right': 9, 'mid-side': 10 };

/** A frame with its two checksums (section 9). */
export function frameBytes(frame: Frame): Uint8Array {
  const { channels, bits, rate, rateIn = 'code', bitsIn = 'code', stereo } = frame;
  const length = channels[0]!.length;
  const out = new Bits();
  out.put(frame.variable === true ? 0xfff9 : 0xfff8, 16);
  out.put(length <= 256 ? 6 : 7, 4);
  const code = RATES.indexOf(rate);
  const rateCode = { header: 0, code: Math.max(0, code), kHz: 12, Hz: 13, tens: 14 }[rateIn];
  out.put(rateCode, 4);
  out.put(stereo === undefined ? channels.length - 1 : STEREO[stereo], 4);
  out.put(bitsIn === 'code' ? (BITS[bits] ?? 0) : 0, 3);
  out.put(0, 1);
  putNumber(out, frame.number);
  out.put(length - 1, length <= 256 ? 8 : 16);
  if (rateIn === 'kHz') out.put(rate / 1000, 8);
  if (rateIn === 'Hz') out.put(rate, 16);
  if (rateIn === 'tens') out.put(rate / 10, 16);
  out.put(checksum(out.bytes, 8, 0x07), 8);
  for (const [c, samples] of together(channels, stereo).entries()) {
    const side = stereo !== undefined && c === (stereo === 'side-right' ? 0 : 1);
    putSubframe(out, samples, bits + (side ? 1 : 0), frame.subframes[c % frame.subframes.length]!);
  }
  out.align();
  out.put(checksum(out.bytes, 16, 0x8005), 16);
  return Uint8Array.from(out.bytes);
}

function together(channels: Frame['channels'], stereo: Frame['stereo']): Frame['channels'] {
  const [left, right] = channels;
  if (stereo === undefined || left === undefined || right === undefined) return channels;
  const side = left.map((value, n) => value - right[n]!);
  if (stereo === 'left-side') return [left, side];
  if (stereo === 'side-right') return [side, right];
  return [left.map((value, n) => Math.floor((value + right[n]!) / 2)), side];
}

/** As UTF-8 goes on beyond Unicode. */
function putNumber(out: Bits, number: number): void {
  if (number < 0x80) return out.put(number, 8);
  let more = 1;
  while (number >= 2 ** (5 * more + 6)) more++;
  const first = Math.floor(number / 2 ** (6 * more));
  out.put(0x100 - 2 ** (7 - more) + first, 8);
  for (let i = more - 1; i >= 0; i--) out.put(0x80 + (Math.floor(number / 2 ** (6 * i)) % 64), 8);
}

const FIXED = [[], [1], [2, -1], [3, -3, 1], [4, -6, 4, -1]];

function putSubframe(out: Bits, all: readonly number[], bits: number, how: Subframe): void {
  const { kind, wasted = 0, order = 0 } = how;
  const samples = all.map((value) => value / 2 ** wasted);
  const depth = bits - wasted;
  const type = { constant: 0, verbatim: 1, fixed: 8 + order, lpc: 31 + order }[kind];
  out.put(2 * type + (wasted > 0 ? 1 : 0), 8);
  if (wasted > 0) out.unary(wasted - 1);
  if (kind === 'constant') return out.put(samples[0]!, depth);
  if (kind === 'verbatim') return samples.forEach((value) => out.put(value, depth));
  for (const value of samples.slice(0, order)) out.put(value, depth);
  const shift = kind === 'lpc' ? (how.shift ?? 0) : 0;
  const weights = kind === 'lpc' ? how.coefficients! : FIXED[order]!;
  if (kind === 'lpc') {
    const precision = 1 + Math.max(1, ...weights.map((w) => Math.ceil(Math.log2(Math.abs(w) + 1))));
    out.put(precision - 1, 4);
    out.put(shift, 5);
    for (const weight of weights) out.put(weight, precision);
  }
  const residual = samples.slice(order).map((value, i) => {
    const sum = weights.reduce(
      (total, weight, j) => total + weight * samples[order + i - 1 - j]!,
      0,
    );
    return value - Math.floor(sum / 2 ** shift);
  });
  putResidual(out, residual, order, samples.length, how);
}

function putResidual(
  out: Bits,
  residual: readonly number[],
  order: number,
  length: number,
  how: Subframe,
): void {
  const { partitionOrder = 0, long = false, escaped = false } = how;
  const parts = 2 ** partitionOrder;
  out.put(long ? 1 : 0, 2);
  out.put(partitionOrder, 4);
  for (let p = 0; p < parts; p++) {
    const from = p === 0 ? 0 : (p * length) / parts - order;
    const own = residual.slice(from, ((p + 1) * length) / parts - order);
    const most = Math.max(0, ...own.map((value) => (value < 0 ? -value - 1 : value)));
    const width =
      most === 0 ? (own.some((value) => value !== 0) ? 1 : 0) : Math.floor(Math.log2(most)) + 2;
    if (escaped && width < 32) {
      out.put(long ? 31 : 15, long ? 5 : 4);
      out.put(width, 5);
      for (const value of own) out.put(value, width);
      continue;
    }
    const parameter = Math.min(long ? 30 : 14, Math.max(0, width - 2));
    out.put(parameter, long ? 5 : 4);
    for (const value of own) {
      const code = value < 0 ? -2 * value - 1 : 2 * value;
      out.unary(Math.floor(code / 2 ** parameter));
      out.put(code % 2 ** parameter, parameter);
    }
  }
}

/** Bit by bit, with none of the reader's tables. */
export function checksum(bytes: readonly number[], bits: number, polynomial: number): number {
  let value = 0;
  for (const byte of bytes) {
    value ^= byte << (bits - 8);
    for (let i = 0; i < 8; i++) {
      const top = value >> (bits - 1);
      value = ((value << 1) ^ (top * polynomial)) & (2 ** bits - 1);
    }
  }
  return value;
}
