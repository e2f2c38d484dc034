import { perStep } from './per_step.js';
import { defineKernel, tiles } from '../descriptor.js';
import { rolled } from './recurrence_loops.js';

export const recurrenceForward = defineKernel({
  name: 'recurrence_forward',
  equation: 'the cell over time, Eq. 3-12',
  bindings: {
    sequences: { access: 'read', type: 'vec2<u32>', shape: ['rows', 2] },
    weight: { access: 'read', type: 'vec4<REAL>', shape: ['directions', 'units', 'units', 4] },
    attention: { access: 'read', type: 'f32', shape: ['directions', 'units'], when: 'ATTEND' },
    gates: {
      access: 'read_write',
      type: 'vec4<REAL>',
      ...perStep('directions', 'units', 4),
      effect: 'updates',
    },
    states: { access: 'read_write', type: 'REAL', ...perStep('directions', 'state_stride') },
    outputs: { access: 'read_write', type: 'REAL', ...perStep('directions', 'units') },
  },
  uniforms: {
    rows: 'u32',
    frames: 'u32',
    directions: 'u32',
    units: 'u32',
    state_stride: 'u32',
    first_step: 'u32',
    step_count: 'u32',
    period: 'u32',
    tile_rows: 'u32',
    block: 'u32',
  },
  constants: { LANES: 32, UNITS: 64 },
  defines: {
    CELL: 'lstm_cell',
    KINDS: 2,
    COMBINE: 1,
    ATTEND: 1,
    ROWS: 8,
    UNITS_PER_LANE: 2,
    BLOCK: 1,
    OFFSET_COUNT: 3,
    OFFSETS: '5u, 3u, 1u',
    NEAREST_OFFSET: 1,
    REAL: 'f32',
    ...rolled,
  },
  workgroups: ({ rows = 0, directions = 0, step_count = 0 }, _constants, { ROWS = 1 }) => [
    step_count > 0 ? tiles(rows, Number(ROWS)) : 0,
    directions,
    1,
  ],
  flops: ({ rows = 0, step_count = 0, directions = 0, units = 0 }) =>
    8 * rows * step_count * directions * units * units,
});
