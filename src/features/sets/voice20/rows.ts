import { tooFew } from '../feature-set.js';
import { pitchOf } from './pitch.js';
import { frameCount, HOP, RATE, VOICE_COUNT, WINDOW } from './settings.js';
import { centred } from '../centred.js';
import { harmonicLevel, thirdFormantLevel, VoiceSpectral } from './spectral.js';
import { powerSpectrum } from './spectrum.js';

/**
 * The 20 raw features of each frame.
 *
 * @param samples mono at 16 kHz in -1..1, [N]: their level is kept
 * @param name name of the samples, for errors: usually the path
 * @returns [T, 20] row-major
 * @throws AudioError if they are shorter than one frame or hold NaN or an infinity
 */
export function voiceRows(samples: Float32Array, name: string): Float64Array {
  const frames = frameCount(samples.length);
  if (frames === 0) throw tooFew(samples.length, { rate: RATE, window: WINDOW, hop: HOP }, name);
  const signal = centred(samples, name);
  const { semitones, voiced, peak, level } = pitchOf(signal, frames);
  const all = new Float64Array(frames * VOICE_COUNT);
  const spectral = new VoiceSpectral();
  const spectrum = powerSpectrum();
  const { power } = spectrum;
  const { values } = spectral;
  for (let t = 0; t < frames; t++) {
    spectrum.analyse(signal, t);
    spectral.analyse(spectrum);
    const f0 = 27.5 * 2 ** (semitones[t]! / 12);
    const first = harmonicLevel(power, f0);
    let at = t * VOICE_COUNT;
    all[at++] = semitones[t]!;
    all[at++] = voiced[t]!;
    all[at++] = peak[t]!;
    all[at++] = 10 * Math.log10(peak[t]! / (1 - peak[t]!) + 1e-3);
    all[at++] = level[t]!;
    all[at++] = values.loudness;
    all[at++] = values.alphaRatio;
    all[at++] = values.hammarberg;
    for (const slope of values.slopes) all[at++] = slope;
    all[at++] = values.flux;
    all[at++] = first - harmonicLevel(power, 2 * f0);
    all[at++] = first - thirdFormantLevel(power);
    all[at++] = values.logCentroid;
    for (const coefficient of values.mfcc) all[at++] = coefficient;
    all[at] = slopeAt(semitones, t);
  }
  return all;
}

/** Central difference; one-sided at the ends, 0 for a single value. */
function slopeAt(values: Float64Array, t: number): number {
  const before = Math.max(t - 1, 0);
  const after = Math.min(t + 1, values.length - 1);
  return after === before ? 0 : (values[after]! - values[before]!) / (after - before);
}
