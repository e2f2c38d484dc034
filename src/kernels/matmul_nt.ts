import { defineKernel, tiles } from './descriptor.js';

export const matmulNt = defineKernel({
  name: 'matmul_nt',
  equation: 'out = dropout(act(a b^T + bias))',
  bindings: {
    a: { access: 'read', type: 'vec4<f32>', shape: ['m', 'k'] },
    b: { access: 'read', type: 'vec4<f32>', shape: ['n', 'k'] },
    bias: { access: 'read', type: 'vec4<f32>', shape: ['n'] },
    places: { access: 'read', type: 'vec4<u32>', shape: ['m', 4], when: 'DROPOUT' },
    out: { access: 'read_write', type: 'vec4<f32>', shape: ['m', 'n'] },
  },
  uniforms: {
    m: 'u32',
    n: 'u32',
    k: 'u32',
    relu: 'u32',
    threshold: 'u32',
    scale: 'f32',
    stream_0: 'u32',
    stream_1: 'u32',
  },
  constants: { ROW_LANES: 8, COLUMN_LANES: 8 },
  defines: { DROPOUT: 0 },
  workgroups: ({ m = 0, n = 0 }, { ROW_LANES = 8, COLUMN_LANES = 8 }) => [
    tiles(n, 8 * COLUMN_LANES),
    tiles(m, 8 * ROW_LANES),
    1,
  ],
  flops: ({ m = 0, n = 0, k = 0 }) => 2 * m * n * k,
});
