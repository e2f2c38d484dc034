import { describe, expect, it } from 'vitest';
import { sha256OfFloats } from '../../src/features/digest.js';
import { decodeAudio } from '../../src/audio/decode.js';
import { flacPieces, flacPiecesOfStream } from '../../src/audio/flac.js';
import type { Piece } from '../../src/audio/piece.js';
import { join } from '../fuzz/bytes.js';
import { flacFrameBytes, flacHeader } from './flac-bytes.js';
import { fixture } from './tones.js';

const text = (content: string) => new TextEncoder().encode(content);
const whole = fixture('mono_24k.flac');
/** The same with the number of samples unknown. */
const endless = whole.slice();
endless[21]! &= 0xf0;
endless.fill(0, 22, 26);

const tails: [string, Uint8Array][] = [
  ['a newline', text('\n')],
  ['ID3v1', join(text('TAG'), new Uint8Array(125).fill(0x20))],
  ['APE', join(text('APETAGEX'), new Uint8Array(24))],
  ['zeros', new Uint8Array(5000)],
  ['what looks like a frame', Uint8Array.of(0xff, 0xf8, 0xc9, 0x18, 0, 0xff, 0xff, 1, 2)],
];

describe('FLAC', () => {
  it.each(tails)('takes no notice of %s behind the last frame', async (_, tail) => {
    const { samples } = await decodeAudio(whole, 'a');
    expect(samples).toHaveLength(7200);
    expect((await decodeAudio(join(whole, tail), 'a')).samples).toEqual(samples);
    expect((await decodeAudio(join(endless, tail), 'a')).samples).toEqual(samples);
  });

  it.each([4, 8, 12, 15, 16, 18, 20, 24, 32])('gives full scale to %i bits', async (bits) => {
    const spec = { rate: 16_000, channels: 1, bits };
    const full = 2 ** (bits - 1);
    const codes = [-full, -1, 0, 1, full / 2, full - 1];
    const { samples } = await decodeAudio(
      join(flacHeader(spec), flacFrameBytes([codes], spec)),
      'a',
    );
    expect(samples).toEqual(Float32Array.from(codes, (code) => code / full));
  });

  it('follows a rate, channels and bits that change', async () => {
    const first = { rate: 16_000, channels: 1, bits: 16 };
    const second = { rate: 8000, channels: 2, bits: 24 };
    const low = new Int32Array(200).fill(2 ** 22);
    const bytes = join(
      flacHeader(first),
      flacFrameBytes([new Int16Array(160).fill(2 ** 14)], first),
      flacFrameBytes([low, low], second, 1),
    );
    const { samples, rate, channels, seconds } = await decodeAudio(bytes, 'a');
    expect({ rate, channels, seconds }).toEqual({ rate: 16_000, channels: 2, seconds: 0.035 });
    expect(samples).toHaveLength(160 + 400);
    expect(samples[360]).toBeCloseTo(0.5, 5);
  });

  it('goes on with a second file behind the first', async () => {
    const { samples } = await decodeAudio(join(whole, whole), 'a');
    expect(samples).toHaveLength(2 * 7200);
    expect(samples.subarray(7200)).toEqual(samples.subarray(0, 7200));
  });

  it('says that a file of unknown length is truncated or damaged', async () => {
    for (const kept of [0.95, 0.5]) {
      const cut = endless.subarray(0, Math.floor(kept * endless.length));
      await expect(decodeAudio(cut, 'a')).rejects.toThrow(/truncated or damaged: only \d+ samples/);
    }
    const torn = endless.slice().fill(0x5a, 1000, 1040);
    await expect(decodeAudio(torn, 'a')).rejects.toThrow(/truncated or damaged/);
  });

  it('says that a frame is missing of a file of unknown length', async () => {
    const spec = { rate: 16_000, channels: 1, bits: 16 };
    const file = (...numbers: number[]) =>
      join(flacHeader(spec), ...numbers.map((n) => flacFrameBytes([new Int16Array(160)], spec, n)));
    expect((await decodeAudio(file(7, 8, 9), 'a')).samples).toHaveLength(480);
    await expect(decodeAudio(file(7, 9), 'a')).rejects.toThrow(
      'truncated or damaged: only 320 samples',
    );
    expect((await decodeAudio(join(file(0, 1), file(4, 5)), 'a')).samples).toHaveLength(640);
  });

  it('says that the last frames are damaged of a file of unknown length', async () => {
    const spec = { rate: 16_000, channels: 1, bits: 16 };
    const frame = (number: number) => flacFrameBytes([new Int16Array(160)], spec, number);
    const damaged = (number: number, at: number) => {
      const bytes = frame(number);
      bytes[at]! ^= 0xff;
      return bytes;
    };
    const file = join(flacHeader(spec), frame(0), frame(1), damaged(2, 0), damaged(3, 100));
    await expect(decodeAudio(file, 'a')).rejects.toThrow('truncated or damaged: only 320 samples');
  });

  it('refuses fewer bits than the format has', async () => {
    const spec = { rate: 16_000, channels: 1, bits: 16 };
    const frame = flacFrameBytes([new Int16Array(160)], spec);
    const file = join(flacHeader({ ...spec, bits: 1 }), frame);
    await expect(decodeAudio(file, 'a')).rejects.toThrow('its header declares 1 bits a sample');
  });

  it('decodes it in Ogg', async () => {
    const plain = await decodeAudio(whole, 'a');
    expect(await decodeAudio(fixture('mono_24k_flac.ogg'), 'a')).toEqual(plain);
  });

  it('gives the same as it comes in pieces, and is refused for the same', async () => {
    const tagged = join(text('ID3'), Uint8Array.of(4, 0, 0, 0, 0, 0, 5), new Uint8Array(5));
    const damaged = join(whole, whole, whole);
    damaged[2 * whole.length + 3000]! ^= 0xff;
    const files = [
      join(whole, whole, tagged, whole, endless, new Uint8Array(9000)),
      join(endless, endless, endless),
      damaged,
      join(whole, whole, whole).subarray(0, 3 * whole.length - 99),
      whole.subarray(0, 30),
    ];
    const outcomes: string[] = [];
    for (const bytes of files) {
      for (const size of [700, 5000, bytes.length]) {
        async function* pieces() {
          await Promise.resolve();
          for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
        }
        const outcome = async (own: AsyncIterable<Piece> | Iterable<Piece>): Promise<string> => {
          const found: number[] = [];
          try {
            for await (const { channels } of own) found.push(...channels[0]!);
          } catch (error) {
            return (error as Error).message;
          }
          return `${found.length} samples ${await sha256OfFloats(Float32Array.from(found))}`;
        };
        const expected = await outcome(flacPieces(bytes, 'a'));
        expect(await outcome(flacPiecesOfStream(pieces(), 'a', whole.length))).toBe(expected);
        outcomes.push(expected);
      }
    }
    expect(outcomes.filter((text) => text.startsWith('a: truncated')).length).toBe(9);
  });
});
