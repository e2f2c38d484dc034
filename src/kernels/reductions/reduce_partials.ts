import { defineKernel, flatGroups } from '../descriptor.js';

export const reducePartials = defineKernel({
  name: 'reduce_partials',
  equation: 'out += sum_s partial[s]',
  bindings: {
    partial: { access: 'read', type: 'vec4<f32>', shape: ['slices', 'size'] },
    out: { access: 'read_write', type: 'vec4<f32>', shape: ['size'], effect: 'accumulates' },
  },
  uniforms: { size: 'u32', slices: 'u32' },
  constants: { LANES: 64 },
  workgroups: ({ size = 0 }, { LANES = 64 }) => flatGroups(size / 4, LANES),
  flops: ({ size = 0, slices = 0 }) => size * slices,
});
