import { dctBasis } from '../prosody36/filterbanks.js';
import { BANDS, logMel } from './mel.js';
import { BIN_HZ, BINS, decibels } from './settings.js';
import { Slope } from './slopes.js';
import type { PowerSpectrum } from './spectrum.js';

/** Cepstral coefficients 1 .. 4. */
export const MFCCS = 4;
const dct = dctBasis(BANDS);

/** Bins whose frequency is in [low, high) Hz: from the first, to before the second. */
const band = (low: number, high: number): readonly [number, number] => [
  Math.ceil(low / BIN_HZ),
  Math.ceil(high / BIN_HZ),
];

const slopes = [
  new Slope(...band(0, 500)),
  new Slope(...band(500, 1500)),
  new Slope(...band(1500, 6000)),
];

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
    slopes: new Float64Array(slopes.length),
    flux: 0,
    logCentroid: 0,
    mfcc: new Float64Array(MFCCS),
  };
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
    for (let k = 0; k < BINS; k++) moment += k * power[k]!;
    values.logCentroid = Math.log((BIN_HZ * moment) / (total + 1e-9) + 100);
    for (let i = 0; i < slopes.length; i++) values.slopes[i] = slopes[i]!.of(power);
    values.flux = this.flux(power, total);
    this.writeMel(power);
  }

  /** 10 times the distance between this frame's and the last frame's spectra, each over its sum. */
  private flux(power: Float64Array, total: number): number {
    const { current, previous, started } = this;
    const scale = 1 / (total + 1e-9);
    let square = 0;
    for (let k = 0; k < BINS; k++) {
      const share = power[k]! * scale;
      const change = share - previous[k]!;
      current[k] = share;
      square += change * change;
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
