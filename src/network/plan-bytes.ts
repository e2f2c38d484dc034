/** Bytes of workgroup memory that the recurrences take. */

export type Way = 'forward' | 'backward';

/** What a recurrence is cut into. */
interface Tile {
  readonly rows: number;
  readonly lanes: number;
}

/** Firsts and lengths of a tile's rows, and the longest. */
const tileBytes = (rows: number): number => rows * 8 + 16;

/**
 * Of recurrence_forward or recurrence_backward.
 *
 * @param units of one direction, as the device has them
 * @param offsets their number
 */
export function sweepBytes(
  way: Way,
  { rows, lanes }: Tile,
  units: number,
  offsets: number,
): number {
  const own =
    way === 'forward'
      ? 2 * units * rows * 4 + offsets * (lanes + rows) * 4
      : units * rows * 16 + offsets * (lanes + 2 * rows) * 4;
  return own + tileBytes(rows);
}

/**
 * Of recurrence_slice_forward or recurrence_slice_backward.
 *
 * @param tile `units`: of its slice; `keptBytes`: of a weight's four gates where it keeps them, else 0
 */
export function sliceBytes(
  way: Way,
  tile: Tile & { readonly units: number; readonly keptBytes: number },
  units: number,
  offsets: number,
): number {
  const { rows, lanes, units: own, keptBytes } = tile;
  const kept = units * own * keptBytes;
  const staged = way === 'forward' ? units * rows * 4 + lanes * 64 : 32 * rows * 16 + lanes * 16;
  return staged + own * rows * 4 + kept + offsets * rows * 4 + tileBytes(rows);
}
