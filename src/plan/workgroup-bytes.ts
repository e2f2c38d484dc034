/** Bytes of workgroup memory that the recurrences use: WebGPU rounds every variable up to 16 bytes. */

import { CHUNK } from '../kernels/recurrence/per_step.js';
import {
  backwardShare,
  forwardShare,
  type SliceTile,
} from '../kernels/recurrence/recurrence_cooperative.js';

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
  /** Kinds of states: C and h, or h alone. */
  readonly kinds: number;
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

/** Bytes of recurrence_slice_forward or recurrence_slice_backward; `units`: of a slice. */
export function sliceBytes(
  way: Way,
  { rows, lanes, units: own }: SliceTile,
  { units, scored }: RecurrenceSize,
): number {
  const staged =
    way === 'forward' ? sum(units * rows * 4, lanes * 64) : sum(CHUNK * rows * 16, lanes * 16);
  return staged + sum(own * rows * 4, scored * rows * 4) + tileBytes(rows);
}

/**
 * Bytes of recurrence_cooperative_forward or recurrence_cooperative_backward.
 *
 * @param weightBytes of a weight's four gates if they are kept in workgroup memory, else 0
 */
export function cooperativeBytes(
  way: Way,
  tile: SliceTile,
  weightBytes: number,
  { units, scored, kinds }: RecurrenceSize,
): number {
  const { rows, lanes, units: own } = tile;
  const pairs = own * rows;
  const shared = sum(units * own * weightBytes, scored * pairs * 4, scored * rows * 4, 4);
  if (way === 'forward') {
    const { quads } = forwardShare(tile, units);
    return shared + sum(units * rows * 4, lanes * 4 * quads * 16, pairs * 4) + tileBytes(rows);
  }
  const { parts } = backwardShare(tile, units);
  const partial = parts > 1 ? lanes * rows * 16 : 0;
  const raw = scored > 0 && kinds === 2 ? pairs * 4 : 0;
  return shared + sum(pairs * 16, pairs * 4, pairs * 4, pairs * 4, raw, partial) + tileBytes(rows);
}
