import { sideBySide } from '../combine.js';
import type { FeatureSet } from '../feature-set.js';
import { prosody36 } from '../prosody36/set.js';
import { voice20 } from '../voice20/set.js';

/** The 36 features of `prosody36`, which ignore the level, then the 20 of `voice20`, which keep it. */
export const voice56: FeatureSet = sideBySide('voice56', prosody36, voice20, 'voice_');
