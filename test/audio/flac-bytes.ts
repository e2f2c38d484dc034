import { crc16 } from '../../src/audio/flac-frames.js';

export interface FlacSpec {
  readonly rate: number;
  readonly channels: number;
  readonly bits: number;
  /** What the header says; 0: unknown. */
  readonly total?: number;
}

/** Bits, first the highest of each byte. */
class BitWriter {
  private readonly digits: string[] = [];

  put(value: number, bits: number): void {
    const code = ((BigInt(value) % 2n ** BigInt(bits)) + 2n ** BigInt(bits)) % 2n ** BigInt(bits);
    this.digits.push(code.toString(2).padStart(bits, '0'));
  }

  bytes(): number[] {
    const all = this.digits.join('');
    return Array.from({ length: Math.ceil(all.length / 8) }, (_, i) =>
      parseInt(all.slice(8 * i, 8 * i + 8).padEnd(8, '0'), 2),
    );
  }
}

/** The marker and STREAMINFO (RFC 9639 section 8.2). */
export function flacHeader({ rate, channels, bits, total = 0 }: FlacSpec): Uint8Array {
  const writer = new BitWriter();
  writer.put(0x664c6143, 32);
  writer.put(0x80000022, 32);
  writer.put(4096, 16);
  writer.put(4096, 16);
  writer.put(0, 48);
  writer.put(rate, 20);
  writer.put(channels - 1, 3);
  writer.put(bits - 1, 5);
  writer.put(total, 36);
  writer.put(0, 64);
  writer.put(0, 64);
  return Uint8Array.from(writer.bytes());
}

const frameBits: Readonly<Record<number, number>> = { 8: 1, 12: 2, 16: 4, 20: 5, 24: 6, 32: 7 };

/** A frame whose channels are written as they are, of up to 256 samples (section 9). */
export function flacFrameBytes(
  channels: readonly ArrayLike<number>[],
  { rate, bits }: FlacSpec,
  number = 0,
): Uint8Array {
  const writer = new BitWriter();
  const samples = channels[0]?.length ?? 0;
  writer.put(0xfff8, 16);
  writer.put(6, 4); // samples in 8 bits behind the number
  writer.put(13, 4); // rate in 16 bits behind that
  writer.put(channels.length - 1, 4);
  writer.put(frameBits[bits] ?? 0, 3);
  writer.put(0, 1);
  writer.put(number, 8);
  writer.put(samples - 1, 8);
  writer.put(rate, 16);
  writer.put(crc(writer.bytes(), 8, 0x07), 8);
  for (const channel of channels) {
    writer.put(2, 8); // verbatim
    for (let i = 0; i < samples; i++) writer.put(channel[i]!, bits);
  }
  const bytes = writer.bytes();
  const check = bytes.reduce(crc16, 0);
  return Uint8Array.of(...bytes, check >> 8, check & 0xff);
}

function crc(bytes: readonly number[], bits: number, polynomial: number): number {
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
