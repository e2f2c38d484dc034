import { hann } from './hann.js';
import type { Framing } from './sets/feature-set.js';

/** Seconds around a frame's middle over which its level is measured. */
const AROUND = 0.04;

/**
 * Level of each frame in dB: 10 log10(E / W + 1e-10), where E = Σ (w x)² + 1e-9 over the W samples around the
 * frame's middle, W is 40 ms (640 at 16 kHz; a longer frame's own length), w is the symmetric Hann window and x
 * are the samples minus their mean, with zeros before the first and after the last. At 16 kHz it is the column
 * `level_db` of the specification's `voice20`; it can be computed for the frames of any set.
 *
 * @param samples mono at the framing's rate, [N]
 * @param frames T
 * @returns [T]
 */
export function frameLevels(
  samples: Float32Array,
  frames: number,
  { rate, window, hop }: Framing,
): Float64Array {
  const wide = Math.max(window, Math.round(AROUND * rate));
  const before = Math.floor((wide - window) / 2);
  let mean = 0;
  for (let i = 0; i < samples.length; i++) mean += samples[i]!;
  mean /= samples.length;
  const weights = hann(wide);
  const levels = new Float64Array(frames);
  for (let t = 0; t < frames; t++) {
    const first = t * hop - before;
    const end = Math.min(wide, samples.length - first);
    let energy = 1e-9;
    for (let i = Math.max(0, -first); i < end; i++) {
      const x = weights[i]! * (samples[first + i]! - mean);
      energy += x * x;
    }
    levels[t] = 10 * Math.log10(energy / wide + 1e-10);
  }
  return levels;
}
