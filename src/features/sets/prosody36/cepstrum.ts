import { dctBasis, melBank } from './filterbanks.js';
import { COLUMN, EPS, MFCC_COUNT } from './settings.js';

const mel = melBank();
const dct = dctBasis(mel.rows);
const HALF = mel.rows / 2;

/** Cepstrum: the orthonormal DCT of the logarithms of the 40 mel bands. */
export class Cepstrum {
  /** Sums of the logarithms of bands at the same distance from either end, [20]; then their differences. */
  private readonly folded = new Float64Array(mel.rows);
  private readonly logMel = new Float64Array(mel.rows);

  /** Fills the coefficients' columns of `row` [F]. */
  write(magnitude: Float64Array, row: Float64Array): void {
    const { logMel, folded } = this;
    const { first, start, weights } = mel;
    for (let i = 0; i < mel.rows; i++) {
      let sum = 0;
      for (let w = start[i]!, bin = first[i]!; w < start[i + 1]!; w++, bin++) {
        sum += weights[w]! * magnitude[bin]!;
      }
      logMel[i] = Math.log(sum + EPS) * Math.LOG10E;
    }
    for (let i = 0; i < HALF; i++) {
      const mirror = logMel[mel.rows - 1 - i]!;
      folded[i] = logMel[i]! + mirror;
      folded[HALF + i] = logMel[i]! - mirror;
    }
    // The basis of an even coefficient is even about the middle, that of an odd one odd.
    for (let k = 0; k < MFCC_COUNT; k++) {
      const half = k % 2 === 0 ? 0 : HALF;
      let sum = 0;
      for (let i = 0; i < HALF; i++) sum += dct[k * mel.rows + i]! * folded[half + i]!;
      row[COLUMN.mfcc + k] = sum;
    }
  }
}
