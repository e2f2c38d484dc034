import { tiles, type Defines, type Values, type Workgroups } from '../descriptor.js';

/** What recurrence_slice_forward and _backward share. */
export const sliceUniforms = {
  rows: 'u32',
  frames: 'u32',
  directions: 'u32',
  units: 'u32',
  state_stride: 'u32',
  first_step: 'u32',
  step_count: 'u32',
  period: 'u32',
  slices: 'u32',
  phase: 'u32',
  patience: 'u32',
  words: 'u32',
} as const;

/** MEAN: combines by equal weights. EXCHANGE: workgroups hand words on (COOPERATIVE or ATTEND). */
export const sliceDefines = {
  CELL: 'lstm_cell',
  KINDS: 2,
  COMBINE: 1,
  ATTEND: 1,
  MEAN: 0,
  EXCHANGE: 1,
  COOPERATIVE: 0,
  ROWS: 4,
  SLICE: 4,
  OFFSET_COUNT: 3,
  OFFSETS: '5u, 3u, 1u',
  NEAREST_OFFSET: 1,
  REAL: 'f32',
} as const;

export function sliceWorkgroups(
  { rows = 0, directions = 0, step_count = 0, slices = 0 }: Values,
  _constants: Values,
  { ROWS = 1 }: Defines,
): Workgroups {
  return [step_count > 0 ? tiles(rows, Number(ROWS)) : 0, directions, slices];
}

/** Phases 1 and 2 are a few operations a unit. */
export function sliceFlops({
  rows = 0,
  step_count = 0,
  directions = 0,
  units = 0,
  phase = 0,
}: Values): number {
  return rows * step_count * directions * units * (phase === 0 ? 8 * units : 30);
}
