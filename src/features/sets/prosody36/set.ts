import type { FeatureSet } from '../feature-set.js';
import { prosodyRows } from './rows.js';
import { FEATURE_COUNT, FEATURE_NAMES, frameCount, HOP, RATE, WINDOW } from './settings.js';

/**
 * The 36 features of SPEC section 2: 34 as pyAudioAnalysis defines them (Giannakopoulos, PLoS ONE 10(12),
 * 2015), harmonic ratio and pitch. Float64, on the CPU.
 */
export const prosody36: FeatureSet = {
  id: 'prosody36',
  version: 1,
  dimensions: FEATURE_COUNT,
  names: FEATURE_NAMES,
  rate: RATE,
  window: WINDOW,
  hop: HOP,
  frames: frameCount,
  extract: (samples, name) => new Promise((resolve) => resolve(prosodyRows(samples, name))),
};
