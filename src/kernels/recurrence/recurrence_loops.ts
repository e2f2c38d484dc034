/**
 * Trip counts of the loops over a lane's rows and units. Rolled, they are numbers that a compiler cannot
 * know: software adapters take seconds to compile what they unroll, and gain nothing. Unrolled, they are
 * constants: on a graphics card the arrays then lie in registers. Loops over offsets, which are few, are
 * always unrolled: where offsets are constants, so are the positions of the states that they name.
 */
export const rolled = {
  ROW_TRIPS: 'u.tile_rows',
  UNIT_TRIPS: 'per_lane',
  BLOCK_TRIPS: 'u.block',
} as const;

export const unrolled = {
  ROW_TRIPS: 'ROWS',
  UNIT_TRIPS: 'UNITS_PER_LANE',
  BLOCK_TRIPS: 'BLOCK',
} as const;
