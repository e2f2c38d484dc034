import { describe, expect, it } from 'vitest';
import { resample } from '../../src/audio/resample.js';
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

  it('keeps the end of a recording that the converter takes in pieces', async () => {
    const samples = new Float32Array(1_100_000); // more than its 4 MiB
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
