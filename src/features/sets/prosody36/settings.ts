import { framesWithin } from '../feature-set.js';

/**
 * Input and names of the features: 16 kHz mono, frames of 25 ms every
 * 10 ms, no window function, no padding.
 *
 * @example
 * const context = new AudioContext({ sampleRate: RATE });
 * const buffer = await context.decodeAudioData(await file.arrayBuffer());
 */
export const RATE = 16_000;
/** Samples per frame; also the length of its Fourier transform. */
export const WINDOW = 400;
/**
 * Samples from one frame to the next.
 *
 * @example
 * console.log((1000 * HOP) / RATE); // 10 ms from one frame to the next
 */
export const HOP = 160;
/** Magnitudes of one frame's spectrum: the lower half. */
export const BINS = WINDOW / 2;

/** First column of each group of features in a row. */
export const COLUMN = {
  zcr: 0,
  energy: 1,
  energyEntropy: 2,
  spectralCentroid: 3,
  spectralSpread: 4,
  spectralEntropy: 5,
  spectralFlux: 6,
  spectralRolloff: 7,
  mfcc: 8,
  chroma: 21,
  chromaStd: 33,
  harmonicRatio: 34,
  pitch: 35,
} as const;

export const MFCC_COUNT = 13;
export const CHROMA_COUNT = 12;

/**
 * Names of the 36 columns in order.
 *
 * @example
 * console.log(FEATURE_NAMES.indexOf('f0')); // the column of the pitch
 */
export const FEATURE_NAMES: readonly string[] = [
  'zcr',
  'energy',
  'energy_entropy',
  'spectral_centroid',
  'spectral_spread',
  'spectral_entropy',
  'spectral_flux',
  'spectral_rolloff',
  ...Array.from({ length: MFCC_COUNT }, (_, i) => `mfcc_${i + 1}`),
  ...Array.from({ length: CHROMA_COUNT }, (_, i) => `chroma_${i + 1}`),
  'chroma_std',
  'harmonic_ratio',
  'pitch',
];

/**
 * F of the feature matrix [T, F].
 *
 * @example
 * const { features, frames } = extractFeatures(samples);
 * console.log(features.length === frames * FEATURE_COUNT); // true
 */
export const FEATURE_COUNT = FEATURE_NAMES.length;

/** Keeps quotients and logarithms finite: float64's machine epsilon, as in pyAudioAnalysis. */
export const EPS = Number.EPSILON;

/**
 * T for a recording with that many samples at RATE; 0 if it is shorter than one frame.
 *
 * @example
 * console.log(frameCount(16_000)); // 98
 */
export function frameCount(samples: number): number {
  return framesWithin(samples, { window: WINDOW, hop: HOP });
}
