/**
 * Trip counts of the loops over a lane's rows, units and offsets. Rolled, they are numbers that a
 * compiler cannot know: software adapters take seconds to compile what they unroll, and gain nothing.
 * Unrolled, they are constants: on a graphics card the arrays then lie in registers.
 */
export const rolled = {
  ROW_TRIPS: 'u.tile_rows',
  OFFSET_TRIPS: 'u.offsets',
  UNIT_TRIPS: 'per_lane',
  BLOCK_TRIPS: 'u.block',
} as const;

export const unrolled = {
  ROW_TRIPS: 'ROWS',
  OFFSET_TRIPS: 'OFFSET_COUNT',
  UNIT_TRIPS: 'UNITS_PER_LANE',
  BLOCK_TRIPS: 'BLOCK',
} as const;
