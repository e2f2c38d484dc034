import { framesWithin } from '../feature-set.js';

/** Input: 16 kHz mono, frames of 25 ms every 10 ms, no padding: those of the set `prosody36`. */
export const RATE = 16_000;
/** Samples per frame. */
export const WINDOW = 400;
/** Samples from one frame to the next. */
export const HOP = 160;
/** Samples around a frame's middle that level and pitch are read from: 40 ms. */
export const WIDE = 640;
/** Length of a frame's Fourier transform. */
export const FFT = 512;
/** Powers of one frame's spectrum: bin k is at k RATE / FFT Hz. */
export const BINS = FFT / 2 + 1;
/** From one bin to the next, in Hz. */
export const BIN_HZ = RATE / FFT;

/** Names of the 20 columns in order. */
export const VOICE_NAMES = [
  'f0_semitones',
  'voiced',
  'autocorrelation_peak',
  'hnr_db',
  'level_db',
  'loudness',
  'alpha_ratio_db',
  'hammarberg_db',
  'slope_0_500',
  'slope_500_1500',
  'slope_1500_6000',
  'flux',
  'h1_h2_db',
  'h1_a3_db',
  'log_centroid',
  'mfcc_1',
  'mfcc_2',
  'mfcc_3',
  'mfcc_4',
  'f0_slope',
] as const;

/** F of the feature matrix [T, F]. */
export const VOICE_COUNT = VOICE_NAMES.length;

/** T for a recording with that many samples at RATE; 0 if it is shorter than one frame. */
export function frameCount(samples: number): number {
  return framesWithin(samples, { window: WINDOW, hop: HOP });
}

/** Added to powers before their logarithm. */
export const QUIETEST = 1e-10;
/** From a natural logarithm to decibels. `Math.log10` takes twice as long as `Math.log`. */
export const LOG_TO_DECIBELS = 10 * Math.LOG10E;

/** Decibels of a power: 10 log10(power + 1e-10). */
export function decibels(power: number): number {
  return LOG_TO_DECIBELS * Math.log(power + QUIETEST);
}
