import type { Defines, Values, Workgroups } from '../descriptor.js';
import {
  cellDefines,
  recurrenceFlops,
  recurrenceUniforms,
  recurrenceWorkgroups,
} from './recurrence_parts.js';

/** What recurrence_slice_forward and _backward share. */
export const sliceUniforms = {
  ...recurrenceUniforms,
  slices: 'u32',
  phase: 'u32',
  kinds: 'u32',
  score_count: 'u32',
} as const;

/** MEAN: combines by equal weights. */
export const sliceDefines = {
  ...cellDefines,
  MEAN: 0,
  ROWS: 4,
  SLICE: 4,
} as const;

/** What slices keep from step to step on the way back: see recurrence_carry. */
export const sliceCarry = {
  access: 'read_write',
  type: 'f32',
  shape: ['planes', 'rows', 'directions', 'units'],
  effect: 'updates',
} as const;

/** Partial scores that a phase leaves for the next. */
export const sliceScores = {
  access: 'read_write',
  type: 'f32',
  shape: ['rows', 'directions', 'slices', 'kinds', 'score_count'],
  when: 'ATTEND',
} as const;

/** A workgroup for each tile of rows, direction and slice. */
export function sliceWorkgroups(values: Values, constants: Values, defines: Defines): Workgroups {
  const [rows, directions] = recurrenceWorkgroups(values, constants, defines);
  return [rows, directions, values.slices ?? 0];
}

/** Phases 1 and 2 are a few operations a unit. */
export function sliceFlops(values: Values): number {
  const { rows = 0, step_count = 0, directions = 0, units = 0, phase = 0 } = values;
  return phase === 0 ? recurrenceFlops(values) : 30 * rows * step_count * directions * units;
}
