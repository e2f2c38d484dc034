import { COLUMN, EPS, HOP, WINDOW } from './settings.js';

/** A frame's energy is compared over 10 equal blocks. */
const BLOCKS = 10;
const SIZE = WINDOW / BLOCKS;
/** Frames begin where blocks do, so that neighbours share them. */
const BLOCKS_PER_HOP = HOP / SIZE;

/** Zero crossing rate, energy and entropy of energy of an utterance's frames. */
export class TemporalFeatures {
  /** Energy of each block of SIZE samples: sum x^2. */
  private readonly energies: Float64Array;
  /** Twice the crossings up to each sample from the one before, [N]; a half is one from or to zero. */
  private readonly crossings: Int32Array;

  /** @param signal the utterance, [N] */
  constructor(signal: Float64Array) {
    this.energies = new Float64Array(Math.floor(signal.length / SIZE));
    for (let block = 0, n = 0; block < this.energies.length; block++) {
      let sum = 0;
      for (const end = n + SIZE; n < end; n++) sum += signal[n]! * signal[n]!;
      this.energies[block] = sum;
    }
    this.crossings = new Int32Array(signal.length);
    let count = 0;
    let before = signOf(signal[0]!);
    for (let n = 0; n < signal.length; n++) {
      const sign = signOf(signal[n]!);
      count += Math.abs(sign - before);
      before = sign;
      this.crossings[n] = count;
    }
  }

  /** Fills the first three columns of `row` [F] for a frame, counted from 0. */
  write(frame: number, row: Float64Array): void {
    const { crossings, energies } = this;
    const at = frame * HOP;
    const first = frame * BLOCKS_PER_HOP;
    let energy = 0;
    for (let block = 0; block < BLOCKS; block++) energy += energies[first + block]!;
    let entropy = 0; // in bits
    for (let block = 0; block < BLOCKS; block++) {
      const share = energies[first + block]! / (energy + EPS);
      entropy -= share * Math.log2(share + EPS);
    }
    row[COLUMN.zcr] = (crossings[at + WINDOW - 1]! - crossings[at]!) / 2 / (WINDOW - 1);
    row[COLUMN.energy] = energy / WINDOW;
    row[COLUMN.energyEntropy] = entropy;
  }
}

/** -1, 0 or 1, as an integer. */
function signOf(x: number): number {
  return (x > 0 ? 1 : 0) - (x < 0 ? 1 : 0);
}
