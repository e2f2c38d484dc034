import { AudioError } from '../core/errors.js';
import { Harmonicity } from './harmonicity.js';
import { normaliseUtterance } from './normalise.js';
import { FEATURE_COUNT, frameCount, HOP, RATE, WINDOW } from './settings.js';
import { SpectralFeatures } from './spectral.js';
import { Spectrum } from './spectrum.js';
import { writeTemporal } from './temporal.js';

/** The features of one utterance, row-major. */
export interface Features {
  /** T. */
  readonly frames: number;
  /** [T, F], as they are. */
  readonly features: Float32Array;
  /** [T, F], each column of mean 0 and variance 1 over the utterance: what the network takes. */
  readonly normalised: Float32Array;
}

/**
 * The 36 short-term features of SPEC section 2: 34 as pyAudioAnalysis defines them (Giannakopoulos,
 * PLoS ONE 10(12), 2015), harmonic ratio and pitch. Computed in float64, rounded at the end.
 *
 * @param samples mono at 16 kHz; their scale does not matter
 * @param name what the samples are, for errors: usually the path
 * @throws AudioError when they are fewer than one frame or hold NaN or an infinity
 */
export function extractFeatures(samples: Float32Array, name = 'samples'): Features {
  const frames = frameCount(samples.length);
  if (frames === 0) {
    throw new AudioError(
      `${name}: ${samples.length} samples at 16 kHz are less than one frame of ${WINDOW}`,
      `Give at least ${(1000 * WINDOW) / RATE} ms.`,
    );
  }
  const signal = standardise(samples, name);
  const all = new Float64Array(frames * FEATURE_COUNT);
  const row = new Float64Array(FEATURE_COUNT);
  const spectrum = new Spectrum();
  const spectral = new SpectralFeatures();
  const harmonicity = new Harmonicity();
  for (let frame = 0; frame < frames; frame++) {
    const at = frame * HOP;
    spectrum.analyse(signal, at);
    writeTemporal(signal, at, row);
    spectral.write(spectrum.magnitude, row);
    harmonicity.write(signal, at, spectrum.autocorrelation, row);
    all.set(row, frame * FEATURE_COUNT);
  }
  return { frames, features: Float32Array.from(all), normalised: normaliseUtterance(all) };
}

/** The whole signal without its mean, over its largest magnitude. */
function standardise(samples: Float32Array, name: string): Float64Array {
  let mean = 0;
  for (let n = 0; n < samples.length; n++) mean += samples[n]!;
  mean /= samples.length;
  if (!Number.isFinite(mean)) {
    const at = samples.findIndex((x) => !Number.isFinite(x));
    throw new AudioError(
      `${name}: sample ${at} is ${samples[at]}, not a finite number`,
      'Record it again, or export it as 16-bit PCM.',
    );
  }
  const signal = new Float64Array(samples.length);
  let largest = 0;
  for (let n = 0; n < signal.length; n++) {
    const x = samples[n]! - mean;
    signal[n] = x;
    if (Math.abs(x) > largest) largest = Math.abs(x);
  }
  const scale = largest + 1e-10;
  for (let n = 0; n < signal.length; n++) signal[n]! /= scale;
  return signal;
}
