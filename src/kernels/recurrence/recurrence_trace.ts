import { defineKernel, tiles } from '../descriptor.js';

export const recurrenceTrace = defineKernel({
  name: 'recurrence_trace',
  equation: 'means over the units of the gates; the weights of Eq. 9 and 12',
  bindings: {
    gates: { access: 'read', type: 'vec4<REAL>', shape: ['frames', 'directions', 'units', 4] },
    states: {
      access: 'read',
      type: 'REAL',
      shape: ['frames', 'directions', 'state_stride'],
      when: 'ATTEND',
    },
    trace: { access: 'read_write', type: 'f32', shape: ['frames', 'directions', 'width'] },
  },
  uniforms: {
    frames: 'u32',
    directions: 'u32',
    units: 'u32',
    own_units: 'u32',
    state_stride: 'u32',
    kinds: 'u32',
    width: 'u32',
  },
  constants: { ROWS: 8 },
  defines: { ATTEND: 1, REAL: 'f32' },
  workgroups: ({ frames = 0, directions = 0 }, { ROWS = 8 }) => [
    1,
    tiles(frames * directions, ROWS),
    1,
  ],
});
