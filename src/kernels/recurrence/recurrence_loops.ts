/**
 * Trip counts of the loops over a lane's rows and units. Rolled, they are numbers that a compiler cannot
 * know: software adapters take seconds to compile what they unroll, and gain nothing. Unrolled, they are
 * constants: on a graphics card the arrays then lie in registers. Loops over offsets, which are few, are
 * always unrolled: where offsets are constants, so are the positions of the states that they name.
 *
 * On graphics cards a step also loads what it reads before the loop over k (PREFETCH), takes DEPTH k at a time
 * backward, and turns its order of k round at every other step (TURNS).
 */
export const rolled = {
  ROW_TRIPS: 'u.tile_rows',
  OWN_TRIPS: 'own_rows',
  UNIT_TRIPS: 'per_lane',
  BLOCK_TRIPS: 'u.block',
  PREFETCH: 0,
  DEPTH: 1,
  TURNS: 'false',
} as const;

export const unrolled = {
  ROW_TRIPS: 'ROWS',
  OWN_TRIPS: 'OWN_ROWS',
  UNIT_TRIPS: 'UNITS_PER_LANE',
  BLOCK_TRIPS: 'BLOCK',
  PREFETCH: 1,
  DEPTH: 4,
  TURNS: 'true',
} as const;

/**
 * A workgroup's rows, and how `parts` lanes that share the sums of the same units divide them: each finishes
 * OWN_ROWS of them, which it keeps in vectors of GROUP.
 */
export function rowDefines(rows: number, parts: number) {
  const own = Math.ceil(rows / parts);
  const group = Math.min(own, 4);
  return {
    ROWS: rows,
    PARTS: parts,
    OWN_ROWS: own,
    GROUP: group,
    GROUPS: rows / group,
    OWN_GROUPS: own / group,
  } as const;
}
