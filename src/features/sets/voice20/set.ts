import type { FeatureSet } from '../feature-set.js';
import { voiceRows } from './rows.js';
import { frameCount, HOP, RATE, VOICE_COUNT, VOICE_NAMES, WINDOW } from './settings.js';

/**
 * 20 features of prosody and voice quality per frame, in the spirit of eGeMAPS (Eyben et al., IEEE
 * Transactions on Affective Computing 7(2), 2016): pitch, periodicity, level, loudness, spectral balance.
 * They keep the level of the recording: normalise them by speaker. Float64, on the CPU.
 */
export const voice20: FeatureSet = {
  id: 'voice20',
  version: 1,
  dimensions: VOICE_COUNT,
  names: VOICE_NAMES,
  rate: RATE,
  window: WINDOW,
  hop: HOP,
  frames: frameCount,
  extract: (samples, name) => new Promise((resolve) => resolve(voiceRows(samples, name))),
};
