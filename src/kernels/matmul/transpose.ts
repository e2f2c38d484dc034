import { defineKernel, tiles } from '../descriptor.js';

export const transpose = defineKernel({
  name: 'transpose',
  equation: 'out = values^T, stored as REAL',
  bindings: {
    values: { access: 'read', type: 'vec4<f32>', shape: ['rows', 'columns'] },
    out: { access: 'read_write', type: 'vec4<REAL>', shape: ['columns', 'rows'] },
  },
  uniforms: { rows: 'u32', columns: 'u32' },
  constants: {},
  defines: { REAL: 'f32' },
  workgroups: ({ rows = 0, columns = 0 }) => [tiles(columns, 32), tiles(rows, 32), 1],
});
