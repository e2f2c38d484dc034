import { defineKernel } from '../descriptor.js';

export const squaredSums = defineKernel({
  name: 'squared_sums',
  equation: 'out[w] = sum of the squares of the values of workgroup w',
  bindings: {
    values: { access: 'read', type: 'vec4<f32>', shape: ['size'] },
    out: { access: 'read_write', type: 'f32', shape: ['groups'] },
  },
  uniforms: { size: 'u32', groups: 'u32' },
  constants: {},
  workgroups: ({ groups = 0 }) => [groups, 1, 1],
  flops: ({ size = 0 }) => 2 * size,
});
