import { describe, expect, it, vi } from 'vitest';
import { decodeAudio } from '../../src/audio/decode.js';
import { join } from '../fuzz/bytes.js';
import { fixture } from './tones.js';
import { wavBytes } from './wav-bytes.js';

interface Layout {
  readonly tag?: number;
  readonly channels?: number;
  readonly rate?: number;
  readonly block: number;
  readonly bits: number;
  readonly riff?: 'RIFF' | 'RIFX' | 'RF64';
  readonly riffSize?: number;
  readonly declared?: number;
  /** Chunks before the data. */
  readonly before?: Uint8Array;
  /** Bytes behind the usual ones of the format. */
  readonly extension?: Uint8Array;
}

const text = (content: string) => new TextEncoder().encode(content);

/** A WAV file of these bytes of data. */
function wavOf(data: Uint8Array, layout: Layout): Uint8Array {
  const { tag = 1, channels = 1, rate = 16_000, block, bits, riff = 'RIFF' } = layout;
  const { before = new Uint8Array(), extension = new Uint8Array() } = layout;
  const le = riff !== 'RIFX';
  const numbers = (...values: (readonly [number, 2 | 4])[]): Uint8Array => {
    const view = new DataView(new ArrayBuffer(values.reduce((sum, [, size]) => sum + size, 0)));
    let at = 0;
    for (const [value, size] of values) {
      if (size === 2) view.setUint16(at, value, le);
      else view.setUint32(at, value, le);
      at += size;
    }
    return new Uint8Array(view.buffer);
  };
  const format = numbers(
    [tag, 2],
    [channels, 2],
    [rate, 4],
    [rate * block, 4],
    [block, 2],
    [bits, 2],
  );
  return join(
    text(riff),
    numbers([layout.riffSize ?? 36 + data.length, 4]),
    text('WAVE'),
    before,
    text('fmt '),
    numbers([16 + extension.length, 4]),
    format,
    extension,
    text('data'),
    numbers([layout.declared ?? data.length, 4]),
    data,
  );
}

const codes = [-(2 ** 15), -1000, 0, 1, 2 ** 14, 2 ** 15 - 1];
const expected = Float32Array.from(codes, (code) => code / 2 ** 15);
const pcm16 = new Uint8Array(Int16Array.from(codes).buffer);
const turned = Uint8Array.from(pcm16, (_, i) => pcm16[i ^ 1]!);
const plain: Layout = { block: 2, bits: 16 };
/** 65536 frames are a piece. */
const long = new Uint8Array(2 * 16_000).map((_, i) => (i % 2 === 0 ? i : 0));

describe('WAV', () => {
  it.each([
    ['12 bits in 2 bytes', wavOf(pcm16, { block: 2, bits: 12 })],
    ['20 bits in 3', wavOf(pcmOf(3), { block: 3, bits: 20 })],
    ['24 bits in 4', wavOf(pcmOf(4), { block: 4, bits: 24 })],
    ['16 bits of blocks without a size', wavOf(pcm16, { block: 0, bits: 16 })],
    ['64 bits', wavOf(pcmOf(8), { block: 8, bits: 64 })],
    ['big-endian', wavOf(turned, { ...plain, riff: 'RIFX' })],
    ['24 valid bits of 32, extensible', wavOf(pcmOf(4), extensible(32, 24, 1))],
    [
      'float64',
      wavOf(new Uint8Array(Float64Array.from(expected).buffer), { tag: 3, block: 8, bits: 64 }),
    ],
  ])('decodes %s', async (_, bytes) => {
    expect((await decodeAudio(bytes, 'a')).samples).toEqual(expected);
  });

  it.each([
    ['A-law', 6, [0xd5, 0x55, 0xaa, 0x2a], [8, -8, 32_256, -32_256]],
    ['mu-law', 7, [0xff, 0x7e, 0x80, 0x00], [0, -8, 32_124, -32_124]],
  ])('decodes %s', async (_, tag, bytes, values) => {
    const { samples } = await decodeAudio(
      wavOf(Uint8Array.from(bytes), { tag, block: 1, bits: 8 }),
      'a',
    );
    expect(Array.from(samples, (x) => x * 2 ** 15)).toEqual(values);
  });

  it.each([
    ['0, with a RIFF size', { declared: 0 }],
    ['0, and no RIFF size', { declared: 0, riffSize: 0 }],
    ['all ones', { declared: 0xffff_ffff, riffSize: 0xffff_ffff }],
    ['44 too many', { declared: long.length + 44 }],
    ['a few too many', { declared: long.length + 9 }],
  ])('takes what there is where the size says %s', async (_, sizes) => {
    const { samples } = await decodeAudio(wavOf(long, { ...plain, ...sizes }), 'a');
    expect(samples).toHaveLength(16_000);
  });

  it('takes an empty chunk with others behind it for empty', async () => {
    const bytes = wavOf(join(text('LIST'), Uint8Array.of(4, 0, 0, 0), text('INFO')), {
      ...plain,
      declared: 0,
    });
    await expect(decodeAudio(bytes, 'a')).rejects.toThrow('a: has no audio');
  });

  it('reads the size of 64 bits', async () => {
    const sizes = new DataView(new ArrayBuffer(28));
    sizes.setUint32(8, pcm16.length, true);
    const before = join(text('ds64'), Uint8Array.of(28, 0, 0, 0), new Uint8Array(sizes.buffer));
    const bytes = wavOf(pcm16, { ...plain, riff: 'RF64', before, declared: 0xffff_ffff });
    const { samples } = await decodeAudio(join(bytes, text('LIST'), new Uint8Array(40)), 'a');
    expect(samples).toEqual(expected);
  });

  it('decodes MP3 in it, and names what it does not', async () => {
    const mp3 = fixture('mono_16k.mp3');
    const inside = await decodeAudio(wavOf(mp3, { tag: 0x55, block: 1, bits: 0 }), 'a');
    expect(inside).toEqual(await decodeAudio(mp3, 'a'));
    const gsm = wavOf(new Uint8Array(65), { tag: 0x31, block: 65, bits: 0 });
    await expect(decodeAudio(gsm, 'a')).rejects.toThrow(
      'coded as GSM 6.10 (0x0031), which is not supported',
    );
  });

  it('refuses more valid bits than its samples have', async () => {
    const bytes = wavOf(pcmOf(3), extensible(24, 25, 1));
    await expect(decodeAudio(bytes, 'a')).rejects.toThrow(
      'its header declares 25 valid bits in samples of 24',
    );
  });

  it('decodes ADPCM of an extensible header', async () => {
    // One block of IMA: sample 1000, step 7, then codes of 0: an eighth of the step more each.
    const block = Uint8Array.of(0xe8, 3, 0, 0, 0, 0, 0, 0);
    const bytes = wavOf(block, { ...extensible(4, 2, 0x11), block: 8 });
    const { samples } = await decodeAudio(bytes, 'a');
    expect(Array.from(samples, (x) => x * 2 ** 15)).toEqual(new Array<number>(9).fill(1000));
  });

  it.each([
    ['an AIFF file', text('FORM\0\0\0\0AIFFCOMM')],
    ['a NIST SPHERE file', text('NIST_1A\n   1024\n')],
    ['an MP4, M4A or QuickTime file', text('\0\0\0\x20ftypM4A ')],
  ])('names %s', async (what, bytes) => {
    await expect(decodeAudio(bytes, 'a')).rejects.toThrow(
      `a: ${what}, not an audio file of a known`,
    );
  });

  it('says that a pointer is one', async () => {
    const pointer = text(
      `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 9\n`,
    );
    await expect(decodeAudio(pointer, 'a.wav')).rejects.toMatchObject({
      message: expect.stringContaining('a.wav: this is a Git LFS pointer') as string,
      hint: expect.stringContaining('git lfs pull') as string,
    });
  });
});

it('gives the same in one piece and in many', async () => {
  const values = Int16Array.from({ length: 100_000 }, (_, i) => (i * 7919) % 30_000);
  const { samples } = await decodeAudio(
    wavBytes(values, { rate: 16_000, channels: 1, bits: 16 }),
    'a',
  );
  expect(samples).toEqual(Float32Array.from(values, (code) => code / 2 ** 15));
});

it('writes nothing to the console, whatever is wrong', async () => {
  const methods = ['log', 'info', 'warn', 'error'] as const;
  const spies = methods.map((method) => vi.spyOn(console, method));
  const files = ['mono_22k.mp3', 'mono_24k.flac', 'stereo_44k_vorbis.ogg', 'mono_48k_opus.ogg'];
  for (const file of files) {
    for (const at of [0.3, 0.6]) {
      const bytes = fixture(file).slice();
      const from = Math.floor(at * bytes.length);
      bytes.fill(0x5a, from, from + 200);
      await decodeAudio(bytes, 'a').catch(() => undefined);
    }
  }
  for (const spy of spies) expect(spy).not.toHaveBeenCalled();
  vi.restoreAllMocks();
});

/** The codes at the upper end of containers. */
function pcmOf(width: number): Uint8Array {
  const bytes = new Uint8Array(codes.length * width);
  codes.forEach((_, i) => bytes.set(pcm16.subarray(2 * i, 2 * i + 2), (i + 1) * width - 2));
  return bytes;
}

function extensible(bits: number, valid: number, coding: number): Layout {
  const extension = new Uint8Array(24);
  extension[0] = 22;
  extension[2] = valid;
  extension[8] = coding;
  return { tag: 0xfffe, block: bits / 8, bits, extension };
}
