import { defineKernel, tiles } from './descriptor.js';

export const matmulTn = defineKernel({
  name: 'matmul_tn',
  equation: 'out[s] = a^T b over the rows of slice s',
  bindings: {
    a: { access: 'read', type: 'vec4<f32>', shape: ['rows', 'a_stride'] },
    b: { access: 'read', type: 'vec4<f32>', shape: ['rows', 'b_stride'] },
    places: { access: 'read', type: 'vec4<u32>', shape: ['rows', 4], when: 'PREVIOUS' },
    out: { access: 'read_write', type: 'vec4<f32>', shape: ['slices', 'm', 'n'] },
  },
  uniforms: {
    rows: 'u32',
    m: 'u32',
    n: 'u32',
    a_stride: 'u32',
    a_first: 'u32',
    b_stride: 'u32',
    b_first: 'u32',
    slices: 'u32',
    direction: 'u32',
  },
  constants: { ROW_LANES: 8, COLUMN_LANES: 8 },
  defines: { PREVIOUS: 0 },
  workgroups: ({ m = 0, n = 0, slices = 0 }, { ROW_LANES = 8, COLUMN_LANES = 8 }) => [
    tiles(n, 8 * COLUMN_LANES),
    tiles(m, 8 * ROW_LANES),
    slices,
  ],
  flops: ({ rows = 0, m = 0, n = 0 }) => 2 * rows * m * n,
});
