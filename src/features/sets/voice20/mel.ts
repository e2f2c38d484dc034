import { BIN_HZ, BINS, RATE } from './settings.js';

/** Mel bands. */
export const BANDS = 40;
const LOWEST = 50;

const toMel = (hz: number): number => 2595 * Math.log10(1 + hz / 700);
const toHz = (mel: number): number => 700 * (10 ** (mel / 2595) - 1);

/**
 * Band i is a triangle from edge i over edge i + 1 to edge i + 2, [BANDS + 2] in Hz: from 50 Hz to half the
 * sampling rate, equally wide in mel (O'Shaughnessy's 2595 log10(1 + f / 700)).
 */
const edges = Array.from({ length: BANDS + 2 }, (_, i) => {
  const [low, high] = [toMel(LOWEST), toMel(RATE / 2)];
  return toHz(low + ((high - low) * i) / (BANDS + 1));
});

/** The first bin from each edge on: between two edges, one band rises and the band below it falls. */
const starts = Int32Array.from(edges, (hz) => Math.ceil(hz / BIN_HZ));
/** Each bin's weight in the band that rises there and in the one that falls: a band's weights sum to 1. */
const rising = new Float64Array(BINS);
const falling = new Float64Array(BINS);

for (let i = 0; i < BANDS; i++) {
  const [a, b, c] = [edges[i]!, edges[i + 1]!, edges[i + 2]!];
  const [first, top, end] = [starts[i]!, starts[i + 1]!, starts[i + 2]!];
  let area = 0;
  for (let k = first; k < top; k++) area += rising[k] = (k * BIN_HZ - a) / (b - a);
  for (let k = top; k < end; k++) area += falling[k] = (c - k * BIN_HZ) / (c - b);
  for (let k = first; k < top; k++) rising[k]! /= area;
  for (let k = top; k < end; k++) falling[k]! /= area;
}

/** The bands as runs of weights, each from its first bin on: for those who multiply band by band. */
export function melBands(): { readonly first: number; readonly weights: Float64Array }[] {
  return Array.from({ length: BANDS }, (_, i) => {
    const [first, top, end] = [starts[i]!, starts[i + 1]!, starts[i + 2]!];
    return {
      first,
      weights: Float64Array.from({ length: end - first }, (_, j) =>
        first + j < top ? rising[first + j]! : falling[first + j]!,
      ),
    };
  });
}

/**
 * Natural logarithms of the energies of the 40 mel bands plus 1e-10.
 *
 * @param power power spectrum, [257]
 * @param out output; [40] from `at` on
 */
export function logMel(power: Float64Array, out: Float64Array, at = 0): void {
  let k = starts[0]!;
  let rise = 0;
  for (const top = starts[1]!; k < top; k++) rise += rising[k]! * power[k]!;
  for (let i = 0; i < BANDS; i++) {
    let fall = 0;
    let next = 0; // of the band above
    for (const end = starts[i + 2]!; k < end; k++) {
      const p = power[k]!;
      fall += falling[k]! * p;
      next += rising[k]! * p;
    }
    out[at + i] = Math.log(rise + fall + 1e-10);
    rise = next;
  }
}
