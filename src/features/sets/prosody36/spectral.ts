import { Cepstrum } from './cepstrum.js';
import { chromaMap } from './filterbanks.js';
import { BINS, CHROMA_COUNT, COLUMN, EPS, RATE } from './settings.js';

const chroma = chromaMap();
const cepstrum = new Cepstrum();

const BLOCKS = 10;
const BLOCK = BINS / BLOCKS;
const ROLLOFF = 0.9;
/** Width of one bin in Hz; bin k represents (k + 1) BIN_HZ, as in pyAudioAnalysis. */
const BIN_HZ = RATE / (2 * BINS);

/**
 * The features of a magnitude spectrum [BINS], after pyAudioAnalysis (Giannakopoulos 2015). It
 * keeps the spectrum of the previous frame for the flux: use one object per utterance, frames in order.
 */
export class SpectralFeatures {
  /** Squared magnitudes, [BINS]. */
  private readonly powers = new Float64Array(BINS);
  /** Their sum over each of 10 equal bands. */
  private readonly blocks = new Float64Array(BLOCKS);
  private previous = new Float64Array(BINS);
  private current = new Float64Array(BINS);
  private started = false;

  /** Fills the columns from spectral centroid to chroma deviation of `row` [F]. */
  write(magnitude: Float64Array, row: Float64Array): void {
    const { powers, blocks } = this;
    let power = 0;
    let peak = 0;
    let sum = 0;
    let moment = 0;
    for (let block = 0, k = 0; block < BLOCKS; block++) {
      let own = 0;
      for (const end = k + BLOCK; k < end; k++) {
        const m = magnitude[k]!;
        const p = m * m;
        powers[k] = p;
        power += p;
        own += p;
        sum += m;
        moment += (k + 1) * m;
        if (m > peak) peak = m;
      }
      blocks[block] = own;
    }
    writeCentroid(magnitude, { sum, moment, peak: peak === 0 ? EPS : peak }, row);
    row[COLUMN.spectralEntropy] = entropyOf(blocks, power);
    row[COLUMN.spectralRolloff] = rolloff(powers, power) / BINS;
    row[COLUMN.spectralFlux] = this.flux(magnitude, sum);
    cepstrum.write(magnitude, row);
    writeChroma(powers, power, row);
  }

  /** Squared distance between this frame's and the last frame's magnitudes, each scaled to sum 1. */
  private flux(magnitude: Float64Array, sum: number): number {
    const { current, previous, started } = this;
    const scale = 1 / (sum + BINS * EPS);
    let flux = 0;
    for (let k = 0; k < BINS; k++) {
      const share = magnitude[k]! * scale;
      const change = share - previous[k]!;
      current[k] = share;
      flux += change * change;
    }
    this.current = previous;
    this.previous = current;
    this.started = true;
    return started ? flux : 0;
  }
}

/** Sums over the magnitudes m: of m and of (k + 1) m; and the largest. */
interface Sums {
  readonly sum: number;
  readonly moment: number;
  readonly peak: number;
}

/** Centroid and spread (the deviation about it) of the magnitudes over the peak, as fractions of RATE / 2. */
function writeCentroid(magnitude: Float64Array, sums: Sums, row: Float64Array): void {
  const mass = sums.sum / sums.peak + EPS;
  const centroid = (BIN_HZ * sums.moment) / sums.peak / mass;
  let variance = 0;
  for (let k = 0; k < BINS; k++) {
    const distance = (k + 1) * BIN_HZ - centroid;
    variance += distance * distance * magnitude[k]!;
  }
  row[COLUMN.spectralCentroid] = centroid / (RATE / 2);
  row[COLUMN.spectralSpread] = Math.sqrt(variance / sums.peak / mass) / (RATE / 2);
}

/** Entropy in bits of the power over its bands. */
function entropyOf(blocks: Float64Array, power: number): number {
  let entropy = 0;
  for (let block = 0; block < BLOCKS; block++) {
    const share = blocks[block]! / (power + EPS);
    entropy -= share * Math.log2(share + EPS);
  }
  return entropy;
}

/** The first bin up to which there is more than 90% of the power. */
function rolloff(powers: Float64Array, power: number): number {
  let below = 0;
  let bin = 0;
  while (bin < BINS) {
    below += powers[bin]!;
    if (below + EPS > ROLLOFF * power) return bin;
    bin++;
  }
  return 0;
}

/** The power of the 12 pitch classes divided by the total power, and their standard deviation. */
function writeChroma(powers: Float64Array, power: number, row: Float64Array): void {
  const { bin, pitchClass, weight } = chroma;
  row.fill(0, COLUMN.chroma, COLUMN.chroma + CHROMA_COUNT);
  for (let i = 0; i < bin.length; i++) {
    row[COLUMN.chroma + pitchClass[i]!]! += powers[bin[i]!]! * weight[i]!;
  }
  const scale = 1 / (power === 0 ? EPS : power);
  let mean = 0;
  for (let c = 0; c < CHROMA_COUNT; c++) {
    row[COLUMN.chroma + c]! *= scale;
    mean += row[COLUMN.chroma + c]! / CHROMA_COUNT;
  }
  let variance = 0;
  for (let c = 0; c < CHROMA_COUNT; c++) {
    variance += (row[COLUMN.chroma + c]! - mean) ** 2 / CHROMA_COUNT;
  }
  row[COLUMN.chromaStd] = Math.sqrt(variance);
}
