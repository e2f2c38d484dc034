import { describe, expect, it } from 'vitest';
import { encodeWav } from '../../src/audio/wav.js';
import { Random } from '../../src/core/random.js';
import { conditionNames, underCondition } from '../../src/features/conditions/conditions.js';
import { filtered, transformLength } from '../../src/features/conditions/spectrum.js';
import { featuresOfFile } from '../../src/features/utterance.js';
import { MemoryFiles } from '../support/memory-files.js';

const RATE = 16_000;
const recordings = Array.from({ length: 40 }, (_, i) => `recording ${i}`);

/** A tone, half a second of it, then silence. */
const tone = (hz: number, seconds = 1): Float32Array =>
  Float32Array.from({ length: seconds * RATE }, (_, n) =>
    n < (seconds * RATE) / 2 ? Math.sin((2 * Math.PI * hz * n) / RATE) / 2 : 0,
  );

const power = (samples: ArrayLike<number>): number =>
  Array.from(samples).reduce((sum, x) => sum + x * x, 0) / samples.length;
const decibels = (ratio: number): number => 10 * Math.log10(ratio);
const peak = (samples: Float32Array): number =>
  samples.reduce((most, x) => Math.max(most, Math.abs(x)), 0);

describe.each(conditionNames)('%s', (name) => {
  it('keeps the length, is finite, leaves its input alone, and is the same every time', async () => {
    for (const length of [1, 7, 400, 12_345]) {
      const samples = tone(300).slice(0, length);
      const before = samples.slice();
      const first = await underCondition(name, samples, RATE, 'a');
      expect(first).toHaveLength(length);
      expect(first.every(Number.isFinite)).toBe(true);
      expect(samples).toEqual(before);
      expect(await underCondition(name, samples, RATE, 'a')).toEqual(first);
    }
  });

  it('keeps silence silent', async () => {
    const silent = await underCondition(name, new Float32Array(1000), RATE, 'a');
    expect(silent.every((x) => x === 0)).toBe(true);
  });

  it('gives other features, which the cache keeps apart', async () => {
    const files = new MemoryFiles({ 'a.wav': encodeWav(tone(220), RATE) });
    const plain = await featuresOfFile(files, 'a.wav', { cache: 'c' });
    const own = await featuresOfFile(files, 'a.wav', { cache: 'c', condition: name });
    expect(own.features).not.toEqual(plain.features);
    const again = await featuresOfFile(files, 'a.wav', { cache: 'c', condition: name });
    expect(again).toEqual(own);
    expect(await featuresOfFile(files, 'a.wav', { cache: 'c' })).toEqual(plain);
  });
});

describe('noise', () => {
  it('is 10 to 20 dB below the recording, and differs between recordings', async () => {
    const samples = tone(440);
    const ratios = await Promise.all(
      recordings.map(async (digest) => {
        const noisy = await underCondition('noise', samples, RATE, digest);
        return decibels(power(samples) / power(noisy.map((x, n) => x - samples[n]!)));
      }),
    );
    for (const ratio of ratios) {
      expect(ratio).toBeGreaterThan(9.99);
      expect(ratio).toBeLessThan(20.01);
    }
    expect(Math.max(...ratios) - Math.min(...ratios)).toBeGreaterThan(7);
  });
});

describe('an echo', () => {
  it('follows the sound and dies away', async () => {
    for (const digest of recordings.slice(0, 10)) {
      const samples = new Float32Array(RATE);
      samples[100] = 1;
      const heard = await underCondition('echo', samples, RATE, digest);
      expect(heard[100]).toBeCloseTo(1, 5);
      expect(peak(heard.slice(0, 100))).toBeLessThan(1e-5);
      const energy = (from: number, to: number): number =>
        power(heard.slice(from, to)) * (to - from);
      const tail = energy(101, RATE);
      expect(decibels(1 / tail)).toBeGreaterThan(-3.01);
      expect(decibels(1 / tail)).toBeLessThan(9.01);
      expect(energy(101, 2500)).toBeGreaterThan(energy(2500, 4900));
      expect(energy(14_000, RATE)).toBeLessThan(1e-6);
    }
  });
});

describe('a telephone line', () => {
  it.each([
    [100, false],
    [1000, true],
    [3000, true],
    [5000, false],
  ])('passes a tone of %d Hz: %s', async (hz, passes) => {
    const samples = tone(hz, 2);
    const heard = await underCondition('telephone', samples, RATE, 'a');
    const kept = power(heard.slice(1000, 15_000)) / power(samples.slice(1000, 15_000));
    if (passes) expect(Math.abs(decibels(kept))).toBeLessThan(0.3);
    else expect(decibels(kept)).toBeLessThan(-25);
  });

  it('has the noise of eight companded bits, about 38 dB down', async () => {
    const samples = tone(1037, 2); // no period that the samples share
    const heard = await underCondition('telephone', samples, RATE, 'a');
    const middle = (of: Float32Array): Float32Array => of.slice(2000, 14_000);
    const error = middle(heard).map((x, n) => x - middle(samples)[n]!);
    const ratio = decibels(power(middle(samples)) / power(error));
    expect(ratio).toBeGreaterThan(30);
    expect(ratio).toBeLessThan(50);
  });
});

describe('another level', () => {
  it('has its peak at -40 to 0 dB, in steps of 16 bits', async () => {
    const peaks = await Promise.all(
      recordings.map(async (digest) => {
        const heard = await underCondition('level', tone(440), RATE, digest);
        expect(heard.every((x) => Number.isInteger(x * 32768))).toBe(true);
        return 20 * Math.log10(peak(heard));
      }),
    );
    expect(Math.min(...peaks)).toBeGreaterThan(-40.1);
    expect(Math.min(...peaks)).toBeLessThan(-32);
    expect(Math.max(...peaks)).toBeLessThan(0.001);
    expect(Math.max(...peaks)).toBeGreaterThan(-8);
  });
});

describe('a filter', () => {
  it('that changes nothing changes nothing', () => {
    const random = new Random(1, 'filter');
    for (const length of [1, 2, 5, 37, 1000]) {
      const samples = Float32Array.from({ length }, () => random.normal());
      const same = filtered(samples, 3, () => undefined);
      same.forEach((x, n) => expect(x).toBeCloseTo(samples[n]!, 5));
    }
  });

  it('is transformed at the shortest length of factors 4 and 5', () => {
    expect([1, 2, 4, 5, 6, 17, 65, 1025, 30_372].map(transformLength)).toEqual([
      1, 4, 4, 5, 16, 20, 80, 1280, 32_000,
    ]);
  });
});
