import { dctBasis } from '../prosody36/filterbanks.js';
import { BANDS, logMel } from './mel.js';
import { BIN_HZ, BINS, decibels } from './settings.js';
import type { PowerSpectrum } from './spectrum.js';

/** Cepstral coefficients 1 .. 4. */
export const MFCCS = 4;
const dct = dctBasis(BANDS);

/** Bins whose frequency is in [low, high) Hz: from the first, to before the second. */
const band = (low: number, high: number): readonly [number, number] => [
  Math.ceil(low / BIN_HZ),
  Math.ceil(high / BIN_HZ),
];

/** Where a straight line is fitted, as bins and weights: slope = sum of weight x dB, in dB per kHz. */
export interface Line {
  readonly first: number;
  readonly weights: Float64Array;
}

function line(low: number, high: number): Line {
  const [first, end] = band(low, high);
  const khz = Float64Array.from({ length: end - first }, (_, i) => ((first + i) * BIN_HZ) / 1000);
  const middle = khz.reduce((sum, f) => sum + f, 0) / khz.length;
  const square = khz.reduce((sum, f) => sum + (f - middle) ** 2, 0);
  return { first, weights: khz.map((f) => (f - middle) / square) };
}

export const lines = [line(0, 500), line(500, 1500), line(1500, 6000)] as const;
/** Bins whose level in dB the lines need. */
const LEVELS = lines[2].first + lines[2].weights.length;

const alphaLow = band(50, 1000);
const alphaHigh = band(1000, 5000);
const hammarbergLow = band(0, 2000);
const hammarbergHigh = band(2000, 5000);
/** Where the third formant is looked for. */
const third = band(2200, 3200);

/** What a power spectrum says of a voice, in the spirit of eGeMAPS (Eyben et al., IEEE TAC 7(2), 2016). */
export interface SpectralValues {
  loudness: number;
  alphaRatio: number;
  hammarberg: number;
  /** dB per kHz, [3] */
  readonly slopes: Float64Array;
  flux: number;
  logCentroid: number;
  /** Coefficients 1 .. 4, [4] */
  readonly mfcc: Float64Array;
}

/** Computes them: one object per utterance, frames in order, because the flux needs the frame before. */
export class VoiceSpectral {
  /** Overwritten by each call. */
  readonly values: SpectralValues = {
    loudness: 0,
    alphaRatio: 0,
    hammarberg: 0,
    slopes: new Float64Array(lines.length),
    flux: 0,
    logCentroid: 0,
    mfcc: new Float64Array(MFCCS),
  };
  private readonly levels = new Float64Array(LEVELS);
  private readonly mel = new Float64Array(BANDS);
  private previous = new Float64Array(BINS);
  private current = new Float64Array(BINS);
  private started = false;

  analyse({ power, total }: PowerSpectrum): void {
    const { values } = this;
    values.alphaRatio = decibels(sum(power, alphaLow)) - decibels(sum(power, alphaHigh));
    values.hammarberg =
      decibels(most(power, hammarbergLow)) - decibels(most(power, hammarbergHigh));
    let moment = 0;
    for (let k = 0; k < BINS; k++) moment += k * BIN_HZ * power[k]!;
    values.logCentroid = Math.log(moment / (total + 1e-9) + 100);
    this.writeSlopes(power);
    values.flux = this.flux(power, total);
    this.writeMel(power);
  }

  private writeSlopes(power: Float64Array): void {
    const { levels, values } = this;
    for (let k = 0; k < LEVELS; k++) levels[k] = decibels(power[k]!);
    lines.forEach(({ first, weights }, i) => {
      let slope = 0;
      for (let j = 0; j < weights.length; j++) slope += weights[j]! * levels[first + j]!;
      values.slopes[i] = slope;
    });
  }

  /** 10 times the distance between this frame's and the last frame's spectra, each over its sum. */
  private flux(power: Float64Array, total: number): number {
    const { current, previous, started } = this;
    let square = 0;
    for (let k = 0; k < BINS; k++) {
      const share = power[k]! / (total + 1e-9);
      current[k] = share;
      square += (share - previous[k]!) ** 2;
    }
    this.current = previous;
    this.previous = current;
    this.started = true;
    return started ? 10 * Math.sqrt(square) : 0;
  }

  /** Loudness, the sum of the bands' energies to the power of 0.3, and the cepstrum. */
  private writeMel(power: Float64Array): void {
    const { mel, values } = this;
    logMel(power, mel);
    let loudness = 0;
    for (let i = 0; i < BANDS; i++) loudness += Math.exp(0.3 * mel[i]!);
    values.loudness = Math.log(loudness + 1e-6);
    for (let c = 0; c < MFCCS; c++) {
      let coefficient = 0;
      for (let i = 0; i < BANDS; i++) coefficient += dct[(c + 1) * BANDS + i]! * mel[i]!;
      values.mfcc[c] = coefficient;
    }
  }
}

/** Level in dB of the strongest of three bins around a frequency. */
export function harmonicLevel(power: Float64Array, hz: number): number {
  const at = Math.min(Math.max(Math.round(hz / BIN_HZ), 1), BINS - 3);
  return decibels(Math.max(power[at - 1]!, power[at]!, power[at + 1]!));
}

/** Level in dB of the strongest bin from 2200 to 3200 Hz. */
export function thirdFormantLevel(power: Float64Array): number {
  return decibels(most(power, third));
}

function sum(power: Float64Array, [first, end]: readonly [number, number]): number {
  let total = 0;
  for (let k = first; k < end; k++) total += power[k]!;
  return total;
}

function most(power: Float64Array, [first, end]: readonly [number, number]): number {
  let highest = 0;
  for (let k = first; k < end; k++) if (power[k]! > highest) highest = power[k]!;
  return highest;
}
