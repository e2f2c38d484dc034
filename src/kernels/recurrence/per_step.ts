import type { Values } from '../descriptor.js';

/** Units whose d_gates recurrence_slice_backward stages at a time: CHUNK of its shader. */
export const CHUNK = 32;

/**
 * Shape of a binding with a row for each frame, of which a recurrence touches those of its own steps.
 *
 * @param row dimensions of a row
 */
export function perStep(...row: readonly (string | number)[]) {
  const shape: readonly (string | number)[] = ['frames', ...row];
  const moves = (uniforms: Values): number => {
    const { frames = 0, rows = 0, step_count = 0 } = uniforms;
    const width = row.reduce<number>(
      (size, d) => size * (typeof d === 'number' ? d : (uniforms[d] ?? NaN)),
      1,
    );
    return Math.min(frames, rows * step_count) * width;
  };
  return { shape, moves };
}
