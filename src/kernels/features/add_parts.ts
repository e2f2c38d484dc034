import { defineKernel, flatGroups } from '../descriptor.js';

export const addParts = defineKernel({
  name: 'add_parts',
  equation: 'out += values',
  bindings: {
    values: { access: 'read', type: 'vec4<f32>', shape: ['rows', 'width'] },
    out: {
      access: 'read_write',
      type: 'vec4<f32>',
      shape: ['rows', 'width'],
      effect: 'accumulates',
    },
  },
  uniforms: { rows: 'u32', width: 'u32' },
  constants: { LANES: 64 },
  workgroups: ({ rows = 0, width = 0 }, { LANES = 64 }) => flatGroups((rows * width) / 4, LANES),
  flops: ({ rows = 0, width = 0 }) => rows * width,
});
