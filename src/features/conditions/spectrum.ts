import { type ComplexArray, complexArray } from '../../core/complex.js';
import { Fft } from '../../core/fft.js';

/** The shortest length of a transform, 4^a 5^b, that holds so many values. */
export function transformLength(least: number): number {
  let best = Infinity;
  for (let fives = 1; fives < 5 * least; fives *= 5) {
    let length = fives;
    while (length < least) length *= 4;
    best = Math.min(best, length);
  }
  return best;
}

/**
 * Samples through a filter that is given by its spectrum.
 *
 * @param samples [N]
 * @param padding zeros after the samples, for a filter whose response is so long; without it the response comes
 *   back in at the beginning
 * @param filter multiplies bin k of `length` in place, for 0 <= k <= length / 2; the others follow, because samples are real
 * @returns [N]
 */
export function filtered(
  samples: Float32Array,
  padding: number,
  filter: (spectrum: ComplexArray, k: number, length: number) => void,
): Float32Array {
  const length = transformLength(samples.length + padding);
  const fft = new Fft(length);
  const input = complexArray(length);
  input.re.set(samples);
  const { re, im } = fft.transform(input);
  const half = Math.floor(length / 2);
  for (let k = 0; k <= half; k++) {
    filter({ re, im }, k, length);
    const mirror = (length - k) % length;
    if (mirror === k) im[k] = 0;
    // the conjugate of each bin, because the way back is the transform of the conjugate
    const [a, b] = [re[k]!, im[k]!];
    re[mirror] = a;
    im[mirror] = b;
    re[k] = a;
    im[k] = mirror === k ? 0 : -b;
  }
  const back = fft.transform({ re: re.slice(), im: im.slice() });
  return Float32Array.from({ length: samples.length }, (_, n) => back.re[n]! / length);
}

/** The spectrum of real values, padded with zeros to a length. */
export function spectrumOf(values: ArrayLike<number>, length: number): ComplexArray {
  const input = complexArray(length);
  input.re.set(values);
  const { re, im } = new Fft(length).transform(input);
  return { re: re.slice(), im: im.slice() };
}
