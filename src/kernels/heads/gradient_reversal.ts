import { defineKernel, flatGroups } from '../descriptor.js';

export const gradientReversal = defineKernel({
  name: 'gradient_reversal',
  equation: 'out = factor * values, factor = -lambda (Ganin and Lempitsky 2015)',
  bindings: {
    values: { access: 'read', type: 'vec4<f32>', shape: ['rows', 'width'] },
    out: { access: 'read_write', type: 'vec4<f32>', shape: ['rows', 'width'] },
  },
  uniforms: { rows: 'u32', width: 'u32', factor: 'f32' },
  constants: { LANES: 64 },
  workgroups: ({ rows = 0, width = 0 }, { LANES = 64 }) => flatGroups((rows * width) / 4, LANES),
  flops: ({ rows = 0, width = 0 }) => rows * width,
});
