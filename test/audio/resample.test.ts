import { describe, expect, it } from 'vitest';
import { resample, Resampler } from '../../src/audio/resample.js';
import { AudioError } from '../../src/core/errors.js';
import { tones } from './tones.js';

const TARGET = 16_000;

/** The largest difference away from the ends, where a filter sees zeros beyond them. */
function largestError(got: Float32Array, expected: Float64Array): number {
  let largest = 0;
  for (let i = 300; i < expected.length - 300; i++) {
    largest = Math.max(largest, Math.abs(got[i]! - expected[i]!));
  }
  return largest;
}

describe('resample', () => {
  it.each([8000, 11_025, 22_050, 24_000, 44_100, 48_000, 96_000])(
    'gives the same tones at 16 kHz from %i Hz, in time',
    async (rate) => {
      const got = await resample(Float32Array.from(tones(rate, 0.2)), rate, TARGET);
      const expected = tones(TARGET, 0.2);
      expect(got).toHaveLength(expected.length);
      expect(largestError(got, expected)).toBeLessThan(1e-6);
    },
  );

  it('removes what 16 kHz cannot hold', async () => {
    const rate = 44_100;
    const high = Float32Array.from({ length: 8820 }, (_, n) =>
      Math.sin((2 * Math.PI * 10_000 * n) / rate),
    );
    const got = await resample(high, rate, TARGET);
    expect(largestError(got, new Float64Array(3200))).toBeLessThan(1e-5);
  });

  it.each([1, 2, 7, 400, 1103])('gives round(N to / from) of %i samples', async (length) => {
    const got = await resample(new Float32Array(length).fill(0.5), 44_100, TARGET);
    expect(got).toHaveLength(Math.round((length * TARGET) / 44_100));
  });

  it.each([1000, 7350, 11_127, 16_001, 37_800, 44_101, 176_400, 384_000, 767_999])(
    'gives the same tone from %i Hz, long as it may be, whatever the pieces',
    (rate) => {
      const tone = (to: number, n: number) => Math.sin((2 * Math.PI * 300 * n) / to) / 2;
      const length = Math.round(4.3 * rate);
      const samples = Float32Array.from({ length }, (_, n) => tone(rate, n));
      const resampler = new Resampler(rate, TARGET);
      const parts: Float32Array[] = [];
      for (let at = 0, size = 1; at < length; at += size, size = (size * 37 + 5) % 50_000) {
        parts.push(resampler.push(samples.subarray(at, at + size)));
      }
      parts.push(resampler.finish());
      const got = Float32Array.from(parts.flatMap((part) => [...part]));
      expect(got).toHaveLength(Math.round((length * TARGET) / rate));
      let largest = 0;
      const edge = Math.ceil(300 * Math.max(1, TARGET / rate));
      for (let i = edge; i < got.length - edge; i++) {
        largest = Math.max(largest, Math.abs(got[i]! - tone(TARGET, i)));
      }
      expect(largest).toBeLessThan(1e-6);
    },
  );

  it('has the response of libsamplerate, from which models have learnt', async () => {
    const impulse = new Float32Array(1000);
    impulse[500] = 1;
    const got = await resample(impulse, 1000, 4000);
    // Its SRC_SINC_BEST_QUALITY at these quarters of a sample from the impulse.
    const expected = [
      [0, 0.9657284],
      [1, 0.87573856],
      [2, 0.63563704],
      [5, -0.15418267],
      [241, 0.00068315992],
      [-3, 0.32326567],
      [-402, -0.0000063372154],
    ] as const;
    for (const [at, value] of expected)
      expect(Math.abs(got[2000 + at]! - value)).toBeLessThan(3e-7);
  });

  it('keeps the end of a long recording', async () => {
    const samples = new Float32Array(1_100_000);
    samples.set(Float32Array.from(tones(8000, 1)), samples.length - 8000);
    const got = await resample(samples, 8000, 4000);
    expect(got).toHaveLength(550_000);
    const end = got.subarray(550_000 - 4000);
    expect(largestError(end, tones(4000, 1))).toBeLessThan(1e-6);
  });

  it('starts every recording afresh', async () => {
    const samples = Float32Array.from(tones(24_000, 0.1));
    const first = await resample(samples, 24_000, TARGET);
    await resample(new Float32Array(2400).fill(1), 24_000, TARGET);
    expect(await resample(samples, 24_000, TARGET)).toEqual(first);
  });

  it('returns samples of the right rate themselves', async () => {
    const samples = Float32Array.of(1, 2);
    expect(await resample(samples, TARGET, TARGET)).toBe(samples);
  });

  it.each([
    [5_000_000, /a factor of 256/],
    [-16_000, /-16000 Hz is not a positive integer/],
    [0, /0 Hz/],
    [8000.5, /8000\.5 Hz/],
    [10, /a factor of 256/],
  ])('refuses %d Hz in one line', async (rate, message) => {
    const failing = resample(new Float32Array(100), rate, TARGET, 'x.wav');
    await expect(failing).rejects.toThrow(AudioError);
    await expect(failing).rejects.toThrow(message);
  });
});
