import { decibels, HOP, WIDE, WINDOW } from './settings.js';
import { hann } from '../../hann.js';

/** Samples before a frame that its 40 ms begin at. */
const BEFORE = (WIDE - WINDOW) / 2;
const window = hann(WIDE);

/**
 * The 40 ms around a frame's middle, Hann-windowed; zeros where they reach past the signal.
 *
 * @param signal [N]
 * @param frame counted from 0
 * @param out output, [640 or more]: zeros from 640 on
 * @returns its energy, sum x^2 + 1e-9
 */
export function wideFrame(signal: Float64Array, frame: number, out: Float64Array): number {
  const from = frame * HOP - BEFORE;
  const first = Math.max(0, -from);
  const end = Math.min(WIDE, signal.length - from);
  let energy = 0;
  out.fill(0, 0, first);
  for (let n = first; n < end; n++) {
    const x = signal[from + n]! * window[n]!;
    out[n] = x;
    energy += x * x;
  }
  out.fill(0, end);
  return energy + 1e-9;
}

/** Level in dB of 640 windowed samples with that energy: 10 log10(energy / 640 + 1e-10). */
export function decibelsOf(energy: number): number {
  return decibels(energy / WIDE);
}
