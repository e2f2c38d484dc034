/**
 * Converts weights over the steps of a subsampled sequence to weights over its frames: a group's weight is
 * divided evenly among its frames.
 *
 * @param weights [ceil(frames / by)]
 * @returns [frames]
 */
export function sharedAmong(weights: Float32Array, by: number, frames: number): Float32Array {
  return Float32Array.from({ length: frames }, (_, t) => {
    const group = Math.floor(t / by);
    return (weights[group] ?? NaN) / (Math.min(frames, (group + 1) * by) - group * by);
  });
}

/**
 * Converts weights over the last of several time axes to weights over the first.
 *
 * @param axes frames that a step of each axis stands for, the first 1
 * @param frames of the first
 */
export function overFrames(
  weights: Float32Array,
  axes: readonly number[],
  frames: number,
): Float32Array {
  let own = weights;
  for (let axis = axes.length - 1; axis > 0; axis--) {
    const below = axes[axis - 1] ?? 1;
    own = sharedAmong(own, (axes[axis] ?? below) / below, Math.ceil(frames / below));
  }
  return own;
}
