/** Frames that are kept on either side of those that are loud enough. */
const MARGIN = 3;

/** Where the frames of a trimmed recording lie among all of its frames. */
export interface Trim {
  /** The first that is kept. */
  readonly start: number;
  /** Frames of the whole recording. */
  readonly total: number;
}

/**
 * Which frames of a recording are kept (SPEC, Feature sets): from the first to the last whose level is within
 * `trimDb` of the highest, with three more on either side as far as there are any. At least one is kept: the
 * loudest. Frames in between are kept however quiet they are. Of a silent recording all are kept: none is
 * quieter than another.
 *
 * @param levels in dB, [T], T >= 1
 * @param trimDb 0 or more
 * @returns the first frame that is kept, and the one after the last
 */
export function keptFrames(
  levels: ArrayLike<number>,
  trimDb: number,
): { readonly start: number; readonly end: number } {
  const T = levels.length;
  let highest = -Infinity;
  for (let t = 0; t < T; t++) highest = Math.max(highest, levels[t]!);
  const quiet = (t: number): boolean => levels[t]! < highest - trimDb;
  let first = 0;
  while (first < T && quiet(first)) first++;
  let last = T - 1;
  while (last > first && quiet(last)) last--;
  return { start: Math.max(0, first - MARGIN), end: Math.min(T, last + 1 + MARGIN) };
}

/**
 * One number a frame of a trimmed recording, over all of its frames: 0 for those that were left out.
 *
 * @example
 * const { normalised, trim } = await featuresOfSamples(
 *   samples,
 *   16_000,
 *   'speech',
 *   featureSet('prosody36'),
 *   35,
 * );
 * const energy = columnOf(featureSet('prosody36'), normalised, 'energy');
 * if (energy) console.log(overAllFrames(energy, trim).length); // 98, with zeros where it is quiet
 *
 * @param values [T kept]
 * @param width numbers per frame
 * @returns [total]; `values` itself if nothing was trimmed
 */
export function overAllFrames(
  values: Float32Array,
  trim: Trim | undefined,
  width = 1,
): Float32Array {
  if (trim === undefined || trim.total * width === values.length) return values;
  const whole = new Float32Array(trim.total * width);
  whole.set(values, trim.start * width);
  return whole;
}

/** `{ trimDb }`, or `{}` where recordings are not trimmed: as in models, datasets and runs. */
export function unlessUntrimmed(trimDb: number | null | undefined): { readonly trimDb?: number } {
  return trimDb === undefined || trimDb === null ? {} : { trimDb };
}
