import type { ComplexArray } from './complex.js';
import type { Radix } from './fft-plan.js';

/** One pass: `groups` butterflies of `radix` inputs, each over `stride` neighbouring columns. */
export interface Stage {
  readonly radix: Radix;
  readonly groups: number;
  readonly stride: number;
  /** e^(-2 pi i group r / (radix groups)) at [group (radix - 1) + r - 1], r = 1 .. radix - 1. */
  readonly twiddles: ComplexArray;
}

/** Of the butterflies of 8 and of 5. */
export const ROOT = Math.SQRT1_2;
export const COS1 = Math.cos((2 * Math.PI) / 5);
export const COS2 = Math.cos((4 * Math.PI) / 5);
export const SIN1 = Math.sin((2 * Math.PI) / 5);
export const SIN2 = Math.sin((4 * Math.PI) / 5);
