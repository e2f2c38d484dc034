import { DELTA } from '../../core/choices.js';
import { joinColumns } from './combine.js';
import type { FeatureSet } from './feature-set.js';

export { DELTA };
/** Frames on either side that the slope is fitted to. */
const REACH = 2;
/** Sum of n^2 over -REACH .. REACH. */
const SQUARES = 10;

/**
 * A set with the slope of each column over time appended: F more columns, `delta_<name>`, by regression over 2
 * frames on either side (Furui, IEEE TASSP 34(1), 1986).
 *
 * @param set a set without deltas
 */
export function withDeltas(set: FeatureSet): FeatureSet {
  const { id, version, dimensions, names, rate, window, hop } = set;
  return {
    id: id + DELTA,
    version,
    dimensions: 2 * dimensions,
    names: [...names, ...names.map((name) => `delta_${name}`)],
    ...{ rate, window, hop },
    frames: (samples) => set.frames(samples),
    extract: async (samples, name) => {
      const rows = await set.extract(samples, name);
      return joinColumns({ rows, dimensions }, { rows: deltasOf(rows, dimensions), dimensions });
    },
  };
}

/**
 * The slope of each column per frame: sum over n = 1, 2 of n (x[t + n] - x[t - n]) / 10, with the first and the
 * last frame repeated beyond the ends.
 *
 * @param rows [T, F] row-major
 * @param dimensions F
 * @returns [T, F]
 */
export function deltasOf(rows: Float64Array | Float32Array, dimensions: number): Float64Array {
  const last = rows.length / dimensions - 1;
  const out = new Float64Array(rows.length);
  for (let t = 0; t <= last; t++) {
    for (let n = 1; n <= REACH; n++) {
      const after = Math.min(t + n, last) * dimensions;
      const before = Math.max(t - n, 0) * dimensions;
      for (let f = 0; f < dimensions; f++) {
        out[t * dimensions + f]! += (n * (rows[after + f]! - rows[before + f]!)) / SQUARES;
      }
    }
  }
  return out;
}
