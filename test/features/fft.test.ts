import { describe, expect, it } from 'vitest';
import { Fft } from '../../src/core/fft.js';
import { PlainRealFft } from '../../src/core/plain-real-fft.js';
import type { RealFft } from '../../src/core/real-fft.js';
import { simdRealFft } from '../../src/core/simd/real-fft.js';
import { CosineTransform } from '../../src/features/cosine-transform.js';

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
  it.each([1, 4, 5, 8, 16, 20, 25, 32, 40, 64, 100, 128, 200, 256, 400])(
    'of length %i agrees with the definition',
    (length) => {
      const re = noise(length, 1);
      const im = noise(length, 2);
      const expected = dft(re, im);
      const got = new Fft(length).transform({ re, im });
      expect(largestDifference(got.re, expected.re)).toBeLessThan(1e-11);
      expect(largestDifference(got.im, expected.im)).toBeLessThan(1e-11);
    },
  );

  it.each([2, 3, 10, 12, 399])('has no length %i', (length) => {
    expect(() => new Fft(length)).toThrow(/not 2\^a 5\^b/);
  });
});

const lengths = [8, 10, 40, 64, 200, 512, 800, 1024];
const simd = (length: number): RealFft => {
  const fft = simdRealFft(length);
  if (fft === undefined) throw new Error('Node has the SIMD of WebAssembly');
  return fft;
};

describe.each([
  ['plain', (length: number): RealFft => new PlainRealFft(length)],
  ['with SIMD', simd],
])('RealFft, %s', (_, make) => {
  it.each(lengths)('of length %i gives half of the complex transform, and its powers', (length) => {
    const x = noise(length, 3);
    const expected = dft(x, new Float64Array(length));
    const fft = make(length);
    for (let again = 0; again < 2; again++) {
      fft.input.set(x);
      fft.transform();
      const half = Array.from({ length: length / 2 + 1 }, (_, k) => k);
      const re = Float64Array.from(half, (k) => fft.output[2 * k]!);
      const im = Float64Array.from(half, (k) => fft.output[2 * k + 1]!);
      expect(largestDifference(re, expected.re)).toBeLessThan(1e-11);
      expect(largestDifference(im, expected.im)).toBeLessThan(1e-11);
      fft.input.set(x);
      fft.power();
      const power = Float64Array.from(half, (k) => fft.output[k]!);
      const squares = expected.re.map((own, k) => own ** 2 + expected.im[k]! ** 2);
      expect(largestDifference(power, squares)).toBeLessThan(1e-9);
    }
  });
});

it.each(lengths)('RealFft of length %i gives the same bits with SIMD as without', (length) => {
  const x = noise(length, 5);
  const both = [new PlainRealFft(length), simd(length)].map((fft) => {
    fft.input.set(x);
    fft.transform();
    const spectrum = fft.output.slice();
    fft.input.set(x);
    fft.power();
    return { spectrum, power: fft.output.slice(0, length / 2 + 1) };
  });
  expect(both[1]).toEqual(both[0]);
});

it('CosineTransform gives the transform of the even sequence that its input is half of', () => {
  const f = noise(41, 6);
  const even = Float64Array.from({ length: 80 }, (_, j) => f[Math.min(j, 80 - j)]!);
  const { re } = dft(even, new Float64Array(80));
  const got = new Float64Array(27);
  new CosineTransform(40).transform(f, got);
  expect(
    largestDifference(
      got.map((own) => 2 * own),
      re,
    ),
  ).toBeLessThan(1e-11);
});
