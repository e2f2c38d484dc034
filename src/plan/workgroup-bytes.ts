/** Bytes of workgroup memory that the recurrences use: WebGPU rounds every variable up to 16 bytes. */

import { CHUNK } from '../kernels/recurrence/per_step.js';

export type Way = 'forward' | 'backward';

/** Tile of a recurrence. */
interface Tile {
  readonly rows: number;
  readonly lanes: number;
}

/** Size of a model's recurrence, for which its kernels are compiled. */
export interface RecurrenceSize {
  /** Units per direction, padded. */
  readonly units: number;
  /** Number of states combined by attention; 0 if none. */
  readonly scored: number;
}

function sum(...variables: readonly number[]): number {
  return variables.reduce((total, bytes) => total + Math.ceil(bytes / 16) * 16, 0);
}

/** First frames and lengths of a tile's rows, and the longest. */
function tileBytes(rows: number): number {
  return sum(rows * 4, rows * 4, 4);
}

/** Bytes of recurrence_forward or recurrence_backward. */
export function persistentBytes(
  way: Way,
  { rows, lanes, parts = 1 }: Tile & { readonly parts?: number },
  { units, scored }: RecurrenceSize,
): number {
  const sent = (parts - 1) * rows * units; // sums for other lanes
  const [partial, weights] = [scored * lanes * 4, scored * rows * 4];
  const own =
    way === 'forward'
      ? sum((parts === 1 ? 2 : 1) * units * rows * 4, sent * 16, partial, weights)
      : sum(units * rows * 16, sent * 4, partial, weights, weights);
  return own + tileBytes(rows);
}

/**
 * Bytes of recurrence_slice_forward or recurrence_slice_backward.
 *
 * @param tile `units`: of its slice; `keptBytes`: of a weight's four gates if it keeps them, else 0
 */
export function sliceBytes(
  way: Way,
  tile: Tile & { readonly units: number; readonly keptBytes: number },
  { units, scored }: RecurrenceSize,
): number {
  const { rows, lanes, units: own, keptBytes } = tile;
  const staged =
    way === 'forward' ? sum(units * rows * 4, lanes * 64) : sum(CHUNK * rows * 16, lanes * 16);
  const exchanged = keptBytes > 0 || scored > 0 ? 4 : 0; // whether it waited in vain
  const rest = sum(own * rows * 4, scored * rows * 4, units * own * keptBytes, exchanged);
  return staged + rest + tileBytes(rows);
}
