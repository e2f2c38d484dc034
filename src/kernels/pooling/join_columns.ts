import { defineKernel, flatGroups } from '../descriptor.js';

export const joinColumns = defineKernel({
  name: 'join_columns',
  equation: 'out[r] = a[r], b[r]',
  bindings: {
    a: { access: 'read', type: 'vec4<f32>', shape: ['rows', 'a_width'] },
    b: { access: 'read', type: 'vec4<f32>', shape: ['rows', 'b_width'] },
    out: { access: 'read_write', type: 'vec4<f32>', shape: ['rows', 'width'] },
  },
  uniforms: { rows: 'u32', a_width: 'u32', b_width: 'u32', width: 'u32' },
  constants: { LANES: 64 },
  workgroups: ({ rows = 0, width = 0 }, { LANES = 64 }) => flatGroups((rows * width) / 4, LANES),
  flops: () => 0,
});
