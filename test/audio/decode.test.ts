import { describe, expect, it } from 'vitest';
import { decodeAudio } from '../../src/audio/decode.js';
import { AudioError } from '../../src/core/errors.js';
import { fixture, signalToNoise, tones } from './tones.js';
import { wavBytes } from './wav-bytes.js';

const mono16 = { rate: 16_000, channels: 1, bits: 16 } as const;
const allCodes = Int16Array.from({ length: 65_536 }, (_, i) => i - 32_768);

describe('WAV', () => {
  it('gives every 16-bit code over 32768, exactly', async () => {
    const { samples, rate, channels, seconds } = await decodeAudio(
      wavBytes(allCodes, mono16),
      'a.wav',
    );
    expect(samples).toEqual(Float32Array.from(allCodes, (code) => code / 32_768));
    expect({ rate, channels, seconds }).toEqual({ rate: 16_000, channels: 1, seconds: 4.096 });
  });

  it.each([8, 24, 32] as const)('gives %i-bit codes over their full scale', async (bits) => {
    const full = 2 ** (bits - 1);
    const codes = [-full, 1 - full, -1, 0, 1, Math.floor(full / 3), full - 1];
    const { samples } = await decodeAudio(wavBytes(codes, { ...mono16, bits }), 'a.wav');
    expect(samples).toEqual(Float32Array.from(codes, (code) => code / full));
  });

  it('keeps float samples as they are, above 1 too', async () => {
    const values = Float32Array.of(0.1, -0.7, 1.5, -2);
    const bytes = wavBytes(values, { ...mono16, bits: 32, float: true });
    expect((await decodeAudio(bytes, 'a.wav')).samples).toEqual(values);
  });

  it('averages 8 channels at 96 kHz', async () => {
    const codes = Array.from({ length: 8 * 3 }, (_, i) => 1000 * (i % 8) + Math.floor(i / 8));
    const bytes = wavBytes(codes, { rate: 96_000, channels: 8, bits: 24 });
    const { samples, rate, channels } = await decodeAudio(bytes, 'a.wav');
    expect(samples).toEqual(Float32Array.from([3500, 3501, 3502], (mean) => mean / 2 ** 23));
    expect([rate, channels]).toEqual([96_000, 8]);
  });

  it('reads past a chunk of odd size', async () => {
    const extra = { tag: 'LIST', content: new Uint8Array(7).fill(0x41) };
    const { samples } = await decodeAudio(wavBytes([1, 2, 3], { ...mono16, extra }), 'a.wav');
    expect(samples).toEqual(Float32Array.of(1 / 32_768, 2 / 32_768, 3 / 32_768));
  });

  it.each([0xffff_ffff, 0x7fff_f000])('takes the size %i of a pipe for all', async (declared) => {
    const { samples } = await decodeAudio(wavBytes([1, 2, 3], { ...mono16, declared }), 'a.wav');
    expect(samples).toHaveLength(3);
  });
});

describe('FLAC', () => {
  it('gives 16-bit codes over 32768, exactly', async () => {
    const codes = Float64Array.from(tones(24_000, 0.3), (x) => Math.round(x * 32_768));
    const { samples, rate } = await decodeAudio(fixture('mono_24k.flac'), 'a.flac');
    expect(samples).toEqual(Float32Array.from(codes, (code) => code / 32_768));
    expect(rate).toBe(24_000);
  });

  it('averages 8 channels at 96 kHz', async () => {
    const recording = await decodeAudio(fixture('eight_96k.flac'), 'a.flac');
    const { samples, rate, channels, seconds } = recording;
    expect({ rate, channels, seconds }).toEqual({ rate: 96_000, channels: 8, seconds: 0.05 });
    const expected = tones(96_000, 0.05, 8);
    expect(samples).toHaveLength(expected.length);
    samples.forEach((x, i) => expect(Math.abs(x - expected[i]!)).toBeLessThan(0.5 / 32_768));
  });
});

describe('lossy formats', () => {
  it.each([
    { file: 'mono_22k.mp3', rate: 22_050, seconds: 0.5, channels: 1, decibels: 25 },
    { file: 'stereo_44k_vorbis.ogg', rate: 44_100, seconds: 0.3, channels: 2, decibels: 25 },
    { file: 'mono_48k_opus.ogg', rate: 48_000, seconds: 0.3, channels: 1, decibels: 15 },
  ])('$file keeps length, rate and sound', async ({ file, decibels, ...expected }) => {
    const { samples, ...found } = await decodeAudio(fixture(file), file);
    expect(found).toEqual(expected);
    const original = tones(expected.rate, expected.seconds, expected.channels);
    expect(signalToNoise(samples, original)).toBeGreaterThan(decibels);
  });

  it('finds MP3 and FLAC behind an ID3 tag', async () => {
    const tag = Uint8Array.of(0x49, 0x44, 0x33, 3, 0, 0, 0, 0, 1, 2, ...new Array<number>(130));
    for (const name of ['mono_22k.mp3', 'mono_24k.flac']) {
      const plain = await decodeAudio(fixture(name), name);
      const tagged = await decodeAudio(Uint8Array.of(...tag, ...fixture(name)), name);
      expect(tagged).toEqual(plain);
    }
  });
});

describe('bad files', () => {
  const text = (content: string) => new TextEncoder().encode(content);

  async function problemOf(bytes: Uint8Array): Promise<string> {
    const error: unknown = await decodeAudio(bytes, 'dir/x.wav').catch((e: unknown) => e);
    expect(error).toBeInstanceOf(AudioError);
    const { message, hint } = error as AudioError;
    expect(message).toMatch(/^dir\/x\.wav: /);
    expect(message).not.toContain('\n');
    expect(hint).not.toBe('');
    return message;
  }

  it('says that a file is empty', async () => {
    expect(await problemOf(new Uint8Array(0))).toContain('the file is empty');
  });

  it.each([
    ['text', text('This is no recording, whatever its name.')],
    ['a picture', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13)],
    ['another RIFF', text('RIFF\0\0\0\0AVI LIST')],
    ['one byte', Uint8Array.of(0xff)],
    ['a lone MP3 frame header', Uint8Array.of(0xff, 0xfb, 0x90, 0, ...new Array<number>(900))],
  ])('says that %s is not audio', async (_, bytes) => {
    expect(await problemOf(bytes)).toContain('not an audio file of a known format');
  });

  it('says that an OGG file holds another codec', async () => {
    const bytes = fixture('mono_48k_opus.ogg').slice();
    bytes.set(text('Speex   '), 28);
    expect(await problemOf(bytes)).toContain('neither Vorbis nor Opus');
  });

  const whole = wavBytes(
    tones(16_000, 0.5).map((x) => Math.round(x * 32_768)),
    mono16,
  );
  const files: [string, Uint8Array][] = [
    ['WAV', whole],
    ...['mono_24k.flac', 'mono_22k.mp3', 'stereo_44k_vorbis.ogg', 'mono_48k_opus.ogg'].map(
      (name): [string, Uint8Array] => [name, fixture(name)],
    ),
  ];
  it.each(files)('says that %s is cut off, wherever it is', async (_, bytes) => {
    for (const kept of [0.95, 0.5, 0.1]) {
      const message = await problemOf(bytes.subarray(0, Math.floor(kept * bytes.length)));
      expect(message).toMatch(/truncated or damaged/);
    }
  });

  it('tells how much of a WAV is there', async () => {
    const message = await problemOf(whole.subarray(0, 44 + 6000));
    expect(message).toContain('it declares 16000 bytes but has 6000');
  });

  it('says that a WAV ends before its data', async () => {
    expect(await problemOf(whole.subarray(0, 30))).toContain('there is no data chunk');
  });

  it('says that a WAV header makes no sense', async () => {
    const bytes = whole.slice();
    bytes[22] = 0; // channels
    expect(await problemOf(bytes)).toContain('0 channels at 16000 Hz');
    bytes[22] = 3;
    expect(await problemOf(bytes)).toContain('3 x 16 bits in 2 bytes');
  });

  it('notices a damaged FLAC frame', async () => {
    const bytes = fixture('mono_24k.flac').slice();
    bytes.fill(0x5a, 4000, 4040);
    expect(await problemOf(bytes)).toContain('declares 7200 samples but has 4096');
  });

  it('says that there is no audio', async () => {
    expect(await problemOf(wavBytes([], mono16))).toContain('has no audio');
  });

  it.each([NaN, Infinity])('says where %d stands', async (bad) => {
    const values = Float32Array.of(0, 0.5, bad, 0);
    const bytes = wavBytes(values, { ...mono16, bits: 32, float: true });
    expect(await problemOf(bytes)).toContain(`sample 2 (at 0.000 s) is ${bad}`);
  });
});
