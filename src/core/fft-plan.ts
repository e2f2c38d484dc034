import { type ComplexArray, complexArray } from './complex.js';

export type Radix = 4 | 5 | 8;

/**
 * The stages of a transform. Eights first: few stages, each over few groups. Fours last: in
 * WebAssembly the last stage needs no twiddles.
 *
 * @throws RangeError when the length has a prime factor besides 2 and 5, or exactly one 2
 */
export function radicesOf(length: number): Radix[] {
  let twos = 0;
  let fives = 0;
  let rest = length;
  for (; rest > 1 && rest % 2 === 0; rest /= 2) twos++;
  for (; rest > 1 && rest % 5 === 0; rest /= 5) fives++;
  if (rest !== 1 || twos === 1) {
    throw new RangeError(`no transform of length ${length}: not 2^a 5^b, a other than 1`);
  }
  const fours = [0, 2, 1][twos % 3]!;
  return [
    ...Array<8>((twos - 2 * fours) / 3).fill(8),
    ...Array<5>(fives).fill(5),
    ...Array<4>(fours).fill(4),
  ];
}

/** e^(-2 pi i group r / (radix groups)) at [group (radix - 1) + r - 1], r = 1 .. radix - 1. */
export function twiddlesOf(radix: Radix, groups: number): ComplexArray {
  const twiddles = complexArray(groups * (radix - 1));
  for (let group = 0; group < groups; group++) {
    for (let r = 1; r < radix; r++) {
      const angle = (-2 * Math.PI * group * r) / (radix * groups);
      twiddles.re[group * (radix - 1) + r - 1] = Math.cos(angle);
      twiddles.im[group * (radix - 1) + r - 1] = Math.sin(angle);
    }
  }
  return twiddles;
}
