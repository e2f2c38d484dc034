import { describe, expect, it } from 'vitest';
import { Fft } from '../../src/core/fft.js';
import { RealFft } from '../../src/features/real-fft.js';

/** Numbers that look random, the same each time. */
function noise(length: number, seed: number): Float64Array {
  let state = seed;
  return Float64Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

/** The definition, term by term. */
function dft(re: Float64Array, im: Float64Array): { re: Float64Array; im: Float64Array } {
  const n = re.length;
  const out = { re: new Float64Array(n), im: new Float64Array(n) };
  for (let k = 0; k < n; k++) {
    for (let t = 0; t < n; t++) {
      const angle = (-2 * Math.PI * ((k * t) % n)) / n;
      out.re[k]! += re[t]! * Math.cos(angle) - im[t]! * Math.sin(angle);
      out.im[k]! += re[t]! * Math.sin(angle) + im[t]! * Math.cos(angle);
    }
  }
  return out;
}

function largestDifference(a: Float64Array, b: Float64Array): number {
  if (a.length === 0 || a.length > b.length) return NaN;
  return a.reduce((most, x, i) => Math.max(most, Math.abs(x - b[i]!)), 0);
}

describe('Fft', () => {
  it.each([1, 4, 5, 8, 16, 20, 25, 32, 40, 64, 100, 128, 200, 256, 400])('of length %i agrees with the definition', (length) => {
    const re = noise(length, 1);
    const im = noise(length, 2);
    const expected = dft(re, im);
    const got = new Fft(length).transform({ re, im });
    expect(largestDifference(got.re, expected.re)).toBeLessThan(1e-11);
    expect(largestDifference(got.im, expected.im)).toBeLessThan(1e-11);
  });

  it.each([2, 3, 10, 12, 399])('has no length %i', (length) => {
    expect(() => new Fft(length)).toThrow(/not 2\^a 5\^b/);
  });
});

describe('RealFft', () => {
  it.each([8, 10, 40, 800])('of length %i gives half of the complex transform', (length) => {
    const x = noise(length, 3);
    const expected = dft(x, new Float64Array(length));
    const { re, im } = new RealFft(length).transform(x, 0, length);
    expect(re).toHaveLength(length / 2 + 1);
    expect(largestDifference(re, expected.re)).toBeLessThan(1e-11);
    expect(largestDifference(im, expected.im)).toBeLessThan(1e-11);
  });

  it('takes zeros for what follows the samples asked for', () => {
    const x = noise(1000, 4);
    const fft = new RealFft(800);
    fft.transform(x, 0, 800); // leaves its buffers full
    const frame = new Float64Array(800);
    frame.set(x.subarray(37, 437));
    const expected = dft(frame, new Float64Array(800));
    const { re, im } = fft.transform(x, 37, 400);
    expect(largestDifference(re, expected.re)).toBeLessThan(1e-11);
    expect(largestDifference(im, expected.im)).toBeLessThan(1e-11);
  });
});
