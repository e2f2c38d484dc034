import { chromaMap, dctBasis, melBank } from './filterbanks.js';
import { BINS, CHROMA_COUNT, COLUMN, EPS, MFCC_COUNT, RATE } from './settings.js';

const mel = melBank();
const chroma = chromaMap();
const dct = dctBasis(mel.rows);

const BLOCKS = 10;
const ROLLOFF = 0.9;
/** Width of one bin in Hz; bin k represents (k + 1) BIN_HZ, as in pyAudioAnalysis. */
const BIN_HZ = RATE / (2 * BINS);

/**
 * The features of a magnitude spectrum [BINS], after pyAudioAnalysis (Giannakopoulos 2015). It
 * keeps the spectrum of the previous frame for the flux: use one object per utterance, frames in order.
 */
export class SpectralFeatures {
  private readonly logMel = new Float64Array(mel.rows);
  private previous = new Float64Array(BINS);
  private current = new Float64Array(BINS);
  private started = false;

  /** Fills the columns from spectral centroid to chroma deviation of `row` [F]. */
  write(magnitude: Float64Array, row: Float64Array): void {
    let power = 0;
    let peak = 0;
    for (let k = 0; k < BINS; k++) {
      const m = magnitude[k]!;
      power += m * m;
      if (m > peak) peak = m;
    }
    writeCentroid(magnitude, peak === 0 ? EPS : peak, row);
    writePowerShape(magnitude, power, row);
    row[COLUMN.spectralFlux] = this.flux(magnitude);
    this.writeMfcc(magnitude, row);
    writeChroma(magnitude, power, row);
  }

  /** Squared distance between this frame's and the last frame's magnitudes, each scaled to sum 1. */
  private flux(magnitude: Float64Array): number {
    let sum = 0;
    for (let k = 0; k < BINS; k++) sum += magnitude[k]! + EPS;
    const { current, previous } = this;
    let flux = 0;
    for (let k = 0; k < BINS; k++) {
      const share = magnitude[k]! / sum;
      current[k] = share;
      flux += (share - previous[k]!) ** 2;
    }
    this.current = previous;
    this.previous = current;
    const first = !this.started;
    this.started = true;
    return first ? 0 : flux;
  }

  /** Cepstrum: the orthonormal DCT of the logarithms of the 40 mel bands. */
  private writeMfcc(magnitude: Float64Array, row: Float64Array): void {
    const { logMel } = this;
    for (let i = 0; i < mel.rows; i++) {
      let sum = 0;
      let bin = mel.first[i]!;
      for (let w = mel.start[i]!; w < mel.start[i + 1]!; w++) {
        sum += mel.weights[w]! * magnitude[bin++]!;
      }
      logMel[i] = Math.log10(sum + EPS);
    }
    for (let k = 0; k < MFCC_COUNT; k++) {
      let sum = 0;
      for (let i = 0; i < mel.rows; i++) sum += dct[k * mel.rows + i]! * logMel[i]!;
      row[COLUMN.mfcc + k] = sum;
    }
  }
}

/** Centroid and spread (the deviation about it) of the magnitudes, as fractions of RATE / 2. */
function writeCentroid(magnitude: Float64Array, peak: number, row: Float64Array): void {
  let mass = EPS;
  let moment = 0;
  for (let k = 0; k < BINS; k++) {
    const share = magnitude[k]! / peak;
    mass += share;
    moment += (k + 1) * BIN_HZ * share;
  }
  const centroid = moment / mass;
  let variance = 0;
  for (let k = 0; k < BINS; k++) {
    variance += ((k + 1) * BIN_HZ - centroid) ** 2 * (magnitude[k]! / peak);
  }
  row[COLUMN.spectralCentroid] = centroid / (RATE / 2);
  row[COLUMN.spectralSpread] = Math.sqrt(variance / mass) / (RATE / 2);
}

/** Entropy of the power in 10 equal bands, and the frequency below which 90% of it is, from 0 to 1. */
function writePowerShape(magnitude: Float64Array, power: number, row: Float64Array): void {
  const size = BINS / BLOCKS;
  let entropy = 0;
  let below = 0;
  let rolloff = -1;
  for (let block = 0; block < BLOCKS; block++) {
    let sum = 0;
    for (let k = block * size; k < (block + 1) * size; k++) {
      const p = magnitude[k]! * magnitude[k]!;
      sum += p;
      below += p;
      if (rolloff < 0 && below + EPS > ROLLOFF * power) rolloff = k;
    }
    const share = sum / (power + EPS);
    entropy -= share * Math.log2(share + EPS);
  }
  row[COLUMN.spectralEntropy] = entropy;
  row[COLUMN.spectralRolloff] = Math.max(rolloff, 0) / BINS;
}

/** The power of the 12 pitch classes divided by the total power, and their standard deviation. */
function writeChroma(magnitude: Float64Array, power: number, row: Float64Array): void {
  const total = power === 0 ? EPS : power;
  row.fill(0, COLUMN.chroma, COLUMN.chroma + CHROMA_COUNT);
  for (let i = 0; i < chroma.bin.length; i++) {
    const m = magnitude[chroma.bin[i]!]!;
    row[COLUMN.chroma + chroma.pitchClass[i]!]! += (m * m * chroma.weight[i]!) / total;
  }
  let mean = 0;
  for (let c = 0; c < CHROMA_COUNT; c++) mean += row[COLUMN.chroma + c]! / CHROMA_COUNT;
  let variance = 0;
  for (let c = 0; c < CHROMA_COUNT; c++) {
    variance += (row[COLUMN.chroma + c]! - mean) ** 2 / CHROMA_COUNT;
  }
  row[COLUMN.chromaStd] = Math.sqrt(variance);
}
