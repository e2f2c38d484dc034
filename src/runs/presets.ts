import type { PresetName } from '../model/presets.js';
import type { TrainingSettings } from './training-settings.js';

/** How each preset trains, where it differs from the paper's way. */
export const presetTraining: Readonly<Record<PresetName, TrainingSettings>> = {
  alstm: {},
  'alstm-1': {},
  'tao-liu-2018': {},
};
