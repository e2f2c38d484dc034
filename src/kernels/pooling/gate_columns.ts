import { defineKernel, flatGroups } from '../descriptor.js';

export const gateColumns = defineKernel({
  name: 'gate_columns',
  equation: 'd_sums[r,c] = scale d_out[r, first + c] where layer_output[r,c] > 0, else 0',
  bindings: {
    d_out: { access: 'read', type: 'vec4<f32>', shape: ['rows', 'stride'] },
    layer_output: { access: 'read', type: 'vec4<f32>', shape: ['rows', 'width'] },
    d_sums: { access: 'read_write', type: 'vec4<f32>', shape: ['rows', 'width'] },
  },
  uniforms: { rows: 'u32', width: 'u32', stride: 'u32', first: 'u32', scale: 'f32' },
  constants: { LANES: 64 },
  workgroups: ({ rows = 0, width = 0 }, { LANES = 64 }) => flatGroups((rows * width) / 4, LANES),
  flops: ({ rows = 0, width = 0 }) => rows * width,
});
