import { defineKernel, flatGroups } from '../descriptor.js';

export const clearGate = defineKernel({
  name: 'clear_gate',
  equation: 'values[n,gate] = 0',
  bindings: {
    values: {
      access: 'read_write',
      type: 'f32',
      shape: ['rows', 4, 'columns'],
      effect: 'updates',
    },
  },
  uniforms: { rows: 'u32', columns: 'u32', gate: 'u32' },
  constants: { LANES: 64 },
  workgroups: ({ rows = 0, columns = 0 }, { LANES = 64 }) => flatGroups(rows * columns, LANES),
});
