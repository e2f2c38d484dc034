import { lazy } from '../../../core/lazy.js';
import { centred } from '../centred.js';
import { tooFew } from '../feature-set.js';
import { Harmonicity } from './harmonicity.js';
import { FEATURE_COUNT, frameCount, HOP, RATE, WINDOW } from './settings.js';
import { SpectralFeatures } from './spectral.js';
import { Spectrum } from './spectrum.js';
import { TemporalFeatures } from './temporal.js';

// Their buffers are overwritten by each frame; an utterance is done before the next begins.
const spectra = lazy(() => new Spectrum());
const harmonicity = new Harmonicity();

/**
 * The 36 raw features of each frame.
 *
 * @param samples mono at RATE, [N]; their scale does not matter
 * @param name name of the samples, for errors: usually the path
 * @returns [T, 36] row-major
 * @throws AudioError if they are shorter than one frame or hold NaN or an infinity
 */
export function prosodyRows(samples: Float32Array, name: string): Float64Array {
  const frames = frameCount(samples.length);
  if (frames === 0) throw tooFew(samples.length, { rate: RATE, window: WINDOW, hop: HOP }, name);
  const signal = standardise(samples, name);
  const all = new Float64Array(frames * FEATURE_COUNT);
  const row = new Float64Array(FEATURE_COUNT);
  const temporal = new TemporalFeatures(signal);
  const spectral = new SpectralFeatures();
  const spectrum = spectra();
  for (let frame = 0; frame < frames; frame++) {
    const at = frame * HOP;
    spectrum.analyse(signal, at);
    temporal.write(frame, row);
    spectral.write(spectrum.magnitude, row);
    harmonicity.write(signal, at, spectrum.autocorrelation, row);
    all.set(row, frame * FEATURE_COUNT);
  }
  return all;
}

/** The whole signal without its mean, divided by its largest magnitude. */
function standardise(samples: Float32Array, name: string): Float64Array {
  const signal = centred(samples, name);
  let largest = 0;
  for (let n = 0; n < signal.length; n++) {
    const magnitude = Math.abs(signal[n]!);
    if (magnitude > largest) largest = magnitude;
  }
  const scale = largest + 1e-10;
  for (let n = 0; n < signal.length; n++) signal[n]! /= scale;
  return signal;
}
