import { type FeatureSet, framesWithin } from './feature-set.js';

/**
 * The columns of two sets of the same frames, side by side. A name of the second that the first has too is
 * prefixed.
 *
 * @param id of the new set
 * @param prefix of names that clash: `voice_`
 * @throws RangeError if their rates or frames differ
 */
export function sideBySide(
  id: string,
  first: FeatureSet,
  second: FeatureSet,
  prefix: string,
): FeatureSet {
  const { rate, window, hop } = first;
  if (second.rate !== rate || second.window !== window || second.hop !== hop) {
    throw new RangeError(`${first.id} and ${second.id} have other frames`);
  }
  const names = second.names.map((name) => (first.names.includes(name) ? prefix + name : name));
  return {
    id,
    version: 1,
    dimensions: first.dimensions + second.dimensions,
    names: [...first.names, ...names],
    ...{ rate, window, hop },
    frames: (samples) => framesWithin(samples, { window, hop }),
    extract: async (samples, name) =>
      joinColumns(
        { rows: await first.extract(samples, name), dimensions: first.dimensions },
        { rows: await second.extract(samples, name), dimensions: second.dimensions },
      ),
  };
}

/** Features [T, dimensions], row-major. */
interface Matrix {
  readonly rows: Float64Array | Float32Array;
  readonly dimensions: number;
}

/** [T, A + B] of [T, A] and [T, B]. */
export function joinColumns(a: Matrix, b: Matrix): Float64Array {
  const width = a.dimensions + b.dimensions;
  const frames = a.rows.length / a.dimensions;
  const out = new Float64Array(frames * width);
  for (let t = 0; t < frames; t++) {
    out.set(a.rows.subarray(t * a.dimensions, (t + 1) * a.dimensions), t * width);
    out.set(b.rows.subarray(t * b.dimensions, (t + 1) * b.dimensions), t * width + a.dimensions);
  }
  return out;
}
