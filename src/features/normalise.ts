import { FEATURE_COUNT } from './settings.js';

/** A feature that varies less than this over an utterance is taken for constant. */
const CONSTANT = 1e-8;

/**
 * Each column of `features` [T, F] brought to mean 0 and (population) variance 1 over the utterance;
 * a constant column becomes 0.
 *
 * @returns [T, F]
 */
export function normaliseUtterance(features: Float64Array | Float32Array): Float32Array {
  const frames = features.length / FEATURE_COUNT;
  const out = new Float32Array(features.length);
  for (let column = 0; column < FEATURE_COUNT; column++) {
    let mean = 0;
    for (let i = column; i < features.length; i += FEATURE_COUNT) mean += features[i]!;
    mean /= frames;
    let variance = 0;
    for (let i = column; i < features.length; i += FEATURE_COUNT) {
      variance += (features[i]! - mean) ** 2;
    }
    const deviation = Math.sqrt(variance / frames);
    if (deviation <= CONSTANT) continue;
    for (let i = column; i < features.length; i += FEATURE_COUNT) {
      out[i] = (features[i]! - mean) / deviation;
    }
  }
  return out;
}
