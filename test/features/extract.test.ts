import { describe, expect, it } from 'vitest';
import { AudioError } from '../../src/core/errors.js';
import { extractFeatures } from '../../src/features/extract.js';
import { normaliseUtterance } from '../../src/features/normalise.js';
import {
  COLUMN,
  FEATURE_COUNT,
  FEATURE_NAMES,
  frameCount,
} from '../../src/features/sets/prosody36/settings.js';

const tone = (hz: number, samples: number, gain = 1, offset = 0) =>
  Float32Array.from(
    { length: samples },
    (_, n) => gain * Math.sin((2 * Math.PI * hz * n) / 16_000) + offset,
  );

function column(features: Float32Array, index: number): number[] {
  return Array.from(features.filter((_, i) => i % FEATURE_COUNT === index));
}

describe('the names', () => {
  it('stand where the columns are', () => {
    expect(FEATURE_COUNT).toBe(36);
    expect(new Set(FEATURE_NAMES).size).toBe(36);
    const named = Object.values(COLUMN).map((c) => FEATURE_NAMES[c]);
    expect(named.slice(0, 3)).toEqual(['zcr', 'energy', 'energy_entropy']);
    expect(named.slice(8)).toEqual(['mfcc_1', 'chroma_1', 'chroma_std', 'harmonic_ratio', 'pitch']);
  });
});

describe('frameCount', () => {
  it.each([
    [0, 0],
    [399, 0],
    [400, 1],
    [559, 1],
    [560, 2],
    [16_000, 98],
  ])('of %i samples is %i', (samples, frames) => expect(frameCount(samples)).toBe(frames));
});

describe('extractFeatures', () => {
  it('finds the pitch and the centroid of a harmonic tone', () => {
    const { features, frames } = extractFeatures(tone(200, 4000));
    expect(frames).toBe(23);
    for (const hz of column(features, COLUMN.pitch)) expect(hz).toBeCloseTo(200, 0);
    for (const ratio of column(features, COLUMN.harmonicRatio)) expect(ratio).toBeGreaterThan(0.99);
    // The bins' frequencies are one bin of 40 Hz too high, by definition.
    for (const c of column(features, COLUMN.spectralCentroid)) expect(c * 8000).toBeCloseTo(240, 0);
  });

  it('does not depend on gain and offset', () => {
    const plain = extractFeatures(tone(313, 2000)).features;
    const other = extractFeatures(tone(313, 2000, 0.01, 0.125)).features;
    expect(other).toHaveLength(plain.length);
    plain.forEach((x, i) => expect(Math.abs(other[i]! - x)).toBeLessThan(1e-3 * (1 + Math.abs(x))));
  });

  it.each([0, 0.25, 1e-20])('gives finite features, and zeros for all of %d', (level) => {
    const { features, normalised, frames } = extractFeatures(new Float32Array(1600).fill(level));
    expect(frames).toBe(8);
    expect(features.every(Number.isFinite)).toBe(true);
    expect(normalised.every((x) => x === 0)).toBe(true);
  });

  it('does not carry anything from one utterance to the next', () => {
    const first = extractFeatures(tone(100, 1600));
    extractFeatures(tone(3000, 1600));
    expect(extractFeatures(tone(100, 1600))).toEqual(first);
  });

  it('refuses less than a frame', () => {
    expect(() => extractFeatures(new Float32Array(399), 'x.wav')).toThrow(AudioError);
    expect(() => extractFeatures(new Float32Array(399), 'x.wav')).toThrow(/^x\.wav: 399 samples/);
  });

  it.each([NaN, Infinity, -Infinity])('refuses %d, and says where it is', (bad) => {
    const samples = tone(200, 800);
    samples[321] = bad;
    expect(() => extractFeatures(samples, 'x.wav')).toThrow(AudioError);
    expect(() => extractFeatures(samples, 'x.wav')).toThrow(`x.wav: sample 321 is ${bad}`);
  });
});

describe('normaliseUtterance', () => {
  it('gives every column mean 0 and variance 1, and zeros where it is constant', () => {
    const frames = 50;
    const raw = Float64Array.from({ length: frames * FEATURE_COUNT }, (_, i) => {
      const feature = i % FEATURE_COUNT;
      return feature === 7 ? 3.3 : 1000 * feature + Math.sin(i * i);
    });
    const out = normaliseUtterance(raw);
    for (let f = 0; f < FEATURE_COUNT; f++) {
      const values = column(out, f);
      const mean = values.reduce((a, b) => a + b, 0) / frames;
      const power = values.reduce((a, b) => a + b * b, 0) / frames;
      expect(mean).toBeCloseTo(0, 6);
      expect(power).toBeCloseTo(f === 7 ? 0 : 1, 5);
    }
  });
});
