import { defineKernel, tiles } from './descriptor.js';

export const matmulNn = defineKernel({
  name: 'matmul_nn',
  equation: 'out (+)= (a b) * scale where layer_output > 0',
  bindings: {
    a: { access: 'read', type: 'vec4<f32>', shape: ['m', 'k'] },
    b: { access: 'read', type: 'vec4<f32>', shape: ['k', 'n'] },
    layer_output: { access: 'read', type: 'vec4<f32>', shape: ['m', 'n'], when: 'GATED' },
    out: { access: 'read_write', type: 'vec4<f32>', shape: ['m', 'n'] },
  },
  uniforms: { m: 'u32', n: 'u32', k: 'u32', accumulate: 'u32', scale: 'f32' },
  constants: { ROW_LANES: 8, COLUMN_LANES: 8 },
  defines: { GATED: 0 },
  workgroups: ({ m = 0, n = 0 }, { ROW_LANES = 8, COLUMN_LANES = 8 }) => [
    tiles(n, 8 * COLUMN_LANES),
    tiles(m, 8 * ROW_LANES),
    1,
  ],
  flops: ({ m = 0, n = 0, k = 0 }) => 2 * m * n * k,
});
