import { COLUMN, EPS, WINDOW } from './settings.js';

/**
 * Zero crossing rate, energy and entropy of energy of the frame that starts at `at`, into their
 * columns of `row` [F].
 */
export function writeTemporal(signal: Float64Array, at: number, row: Float64Array): void {
  let crossings = 0;
  let energy = 0;
  let before = Math.sign(signal[at]!);
  for (let n = at; n < at + WINDOW; n++) {
    const x = signal[n]!;
    const sign = Math.sign(x);
    crossings += Math.abs(sign - before);
    before = sign;
    energy += x * x;
  }
  row[COLUMN.zcr] = crossings / 2 / (WINDOW - 1);
  row[COLUMN.energy] = energy / WINDOW;
  row[COLUMN.energyEntropy] = energyEntropy(signal, at, energy);
}

const BLOCKS = 10;

/** Entropy in bits of the frame's energy over 10 equal blocks. */
function energyEntropy(signal: Float64Array, at: number, energy: number): number {
  const size = WINDOW / BLOCKS;
  let entropy = 0;
  for (let block = 0; block < BLOCKS; block++) {
    let sum = 0;
    const begin = at + block * size;
    for (let n = begin; n < begin + size; n++) sum += signal[n]! * signal[n]!;
    const share = sum / (energy + EPS);
    entropy -= share * Math.log2(share + EPS);
  }
  return entropy;
}
