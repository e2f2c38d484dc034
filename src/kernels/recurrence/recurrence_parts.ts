import { tiles, type Defines, type Values, type Workgroups } from '../descriptor.js';
import { perStep } from './per_step.js';

/** The first bindings of every recurrence kernel, as the shader part recurrence_bindings declares them. */
const recurrenceBindings = {
  sequences: { access: 'read', type: 'vec2<u32>', shape: ['rows', 2] },
  weight: { access: 'read', type: 'vec4<REAL>', shape: ['directions', 'units', 'units', 4] },
  attention: { access: 'read', type: 'f32', shape: ['directions', 'units'], when: 'ATTEND' },
  gates: {
    access: 'read_write',
    type: 'vec4<REAL>',
    ...perStep('directions', 'units', 4),
    effect: 'updates',
  },
} as const;

/** And the next ones: forward. */
export const forwardBindings = {
  ...recurrenceBindings,
  states: { access: 'read_write', type: 'REAL', ...perStep('directions', 'state_stride') },
  outputs: { access: 'read_write', type: 'REAL', ...perStep('directions', 'units') },
} as const;

/** Backward. */
export const backwardBindings = {
  ...recurrenceBindings,
  states: { access: 'read', type: 'REAL', ...perStep('directions', 'state_stride') },
  d_outputs: { access: 'read', type: 'REAL', ...perStep('directions', 'units') },
} as const;

/** Their first uniforms. */
export const recurrenceUniforms = {
  rows: 'u32',
  frames: 'u32',
  directions: 'u32',
  units: 'u32',
  state_stride: 'u32',
  first_step: 'u32',
  step_count: 'u32',
  period: 'u32',
} as const;

/** The cell, and the steps back that it combines. */
export const cellDefines = {
  CELL: 'lstm_cell',
  KINDS: 2,
  COMBINE: 1,
  ATTEND: 1,
  OFFSET_COUNT: 3,
  OFFSETS: '5u, 3u, 1u',
  NEAREST_OFFSET: 1,
  REAL: 'f32',
} as const;

/** A workgroup for each tile of rows and each direction; none if there are no steps. */
export function recurrenceWorkgroups(
  { rows = 0, directions = 0, step_count = 0 }: Values,
  _constants: Values,
  { ROWS = 1 }: Defines,
): Workgroups {
  return [step_count > 0 ? tiles(rows, Number(ROWS)) : 0, directions, 1];
}

/** Of the product with the recurrent weights: 4 gates, 2 operations each. */
export function recurrenceFlops({
  rows = 0,
  step_count = 0,
  directions = 0,
  units = 0,
}: Values): number {
  return 8 * rows * step_count * directions * units * units;
}
