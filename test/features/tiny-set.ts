import { type FeatureSet, framesWithin } from '../../src/features/sets/feature-set.js';

const framing = { rate: 8000, window: 200, hop: 100 };

/**
 * A feature set that has as little as possible in common with `prosody36`: 3 columns, half the rate, frames of
 * another length, and an answer that comes later, as a device's would.
 */
export function tinySet(change: Partial<FeatureSet> = {}): FeatureSet {
  return {
    id: 'tiny3',
    version: 1,
    dimensions: 3,
    names: ['level', 'crossings', 'peak'],
    ...framing,
    frames: (samples) => framesWithin(samples, framing),
    extract: async (samples) => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      const rows = Array.from({ length: framesWithin(samples.length, framing) }, (_, t) =>
        row(samples.subarray(100 * t, 100 * t + 200)),
      );
      return Float32Array.from(rows.flat());
    },
    ...change,
  };
}

function row(frame: Float32Array): [level: number, crossings: number, peak: number] {
  const magnitudes = Array.from(frame, Math.abs);
  const crossings = frame.filter((x, n) => n > 0 && x * (frame[n - 1] ?? 0) < 0).length;
  const sum = magnitudes.reduce((total, x) => total + x, 0);
  return [sum / frame.length, crossings, Math.max(...magnitudes)];
}
