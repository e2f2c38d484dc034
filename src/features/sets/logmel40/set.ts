import { type FeatureSet, tooFew } from '../feature-set.js';
import { BANDS, logMel } from '../voice20/mel.js';
import { frameCount, HOP, RATE, WINDOW } from '../voice20/settings.js';
import { centred } from '../centred.js';
import { powerSpectrum } from '../voice20/spectrum.js';

/**
 * Natural logarithms of the energies of 40 mel bands from 50 to 8000 Hz plus 1e-10, from the power spectrum of
 * Hann-windowed frames. They keep the level of the recording. Float64, on the CPU.
 */
export const logmel40: FeatureSet = {
  id: 'logmel40',
  version: 1,
  dimensions: BANDS,
  names: Array.from({ length: BANDS }, (_, i) => `log_mel_${i + 1}`),
  rate: RATE,
  window: WINDOW,
  hop: HOP,
  frames: frameCount,
  extract: (samples, name) => new Promise((resolve) => resolve(logMelRows(samples, name))),
};

/** [T, 40]. Throws AudioError as `extract`. */
function logMelRows(samples: Float32Array, name: string): Float64Array {
  const frames = frameCount(samples.length);
  if (frames === 0) throw tooFew(samples.length, logmel40, name);
  const signal = centred(samples, name);
  const rows = new Float64Array(frames * BANDS);
  const spectrum = powerSpectrum();
  for (let t = 0; t < frames; t++) {
    spectrum.analyse(signal, t);
    logMel(spectrum.power, rows, t * BANDS);
  }
  return rows;
}
