import type { Files } from '../core/files.js';
import {
  loadTrainingData,
  type DataSource,
  type RunData,
  type TrainingDataOptions,
} from '../data/source.js';
import { featureSource, wantsFunctionals, type RunSettings } from './settings.js';

/**
 * `loadTrainingData` with the features that settings ask for, or their preset: feature set, trimming, copies at
 * other speeds and under conditions, normalisation, functionals.
 *
 * @example
 * const settings: RunSettings = { preset: 'alstm', training: { epochs: 5 } };
 * const data = await loadTrainingDataFor(settings, files, source);
 * await train({ engine, files, out: 'runs/first', data, settings });
 *
 * @param settings as they are given to `train`; `{}`: the default preset's
 * @param source what it says of features comes before the settings
 * @throws like loadTrainingData; ConfigError for an unknown feature set
 */
export function loadTrainingDataFor(
  settings: RunSettings,
  files: Files,
  source: DataSource,
  options: TrainingDataOptions = {},
): Promise<RunData> {
  const functionals = wantsFunctionals(settings);
  return loadTrainingData(
    files,
    { ...featureSource(settings, 'settings'), ...source },
    { ...(functionals && { functionals }), ...options },
  );
}
