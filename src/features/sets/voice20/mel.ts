import { concatenate } from '../../../core/concatenate.js';
import { BIN_HZ, BINS, RATE } from './settings.js';

/** Mel bands. */
export const BANDS = 40;
const LOWEST = 50;

const toMel = (hz: number): number => 2595 * Math.log10(1 + hz / 700);
const toHz = (mel: number): number => 700 * (10 ** (mel / 2595) - 1);

interface Triangle {
  /** Its first bin. */
  readonly first: number;
  readonly weights: Float64Array;
}

/**
 * Triangles from 50 Hz to half the sampling rate, equally wide in mel (O'Shaughnessy's 2595 log10(1 + f / 700)),
 * whose weights sum to 1; one that holds no bin takes the bin nearest to its top.
 */
const triangles: readonly Triangle[] = Array.from({ length: BANDS }, (_, i) => {
  const [low, high] = [toMel(LOWEST), toMel(RATE / 2)];
  const edge = (at: number): number => toHz(low + ((high - low) * at) / (BANDS + 1));
  const [a, b, c] = [edge(i), edge(i + 1), edge(i + 2)];
  const height = (k: number): number =>
    Math.max(0, Math.min((k * BIN_HZ - a) / (b - a), (c - k * BIN_HZ) / (c - b)));
  const bins = Array.from({ length: BINS }, (_, k) => k).filter((k) => height(k) > 0);
  const [first] = bins;
  if (first === undefined) {
    return { first: Math.round(b / BIN_HZ), weights: Float64Array.of(1) };
  }
  const heights = Float64Array.from(bins, height);
  const area = heights.reduce((sum, own) => sum + own, 0);
  return { first, weights: heights.map((own) => own / area) };
});

/** The same in one array: weights of triangle i are `weights[start[i]]` to before `start[i + 1]`. */
const firsts = Int32Array.from(triangles, ({ first }) => first);
const starts = new Int32Array(BANDS + 1);
for (let i = 0; i < BANDS; i++) starts[i + 1] = starts[i]! + triangles[i]!.weights.length;
const weights = concatenate(
  Float64Array,
  triangles.map((own) => own.weights),
);

/**
 * Natural logarithms of the energies of the 40 mel bands plus 1e-10.
 *
 * @param power power spectrum, [257]
 * @param out output; [40] from `at` on
 */
export function logMel(power: Float64Array, out: Float64Array, at = 0): void {
  for (let i = 0; i < BANDS; i++) {
    let sum = 0;
    for (let w = starts[i]!, k = firsts[i]!; w < starts[i + 1]!; w++, k++) {
      sum += weights[w]! * power[k]!;
    }
    out[at + i] = Math.log(sum + 1e-10);
  }
}
