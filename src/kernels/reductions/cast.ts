import { defineKernel, flatGroups } from '../descriptor.js';

export const cast = defineKernel({
  name: 'cast',
  equation: 'out = values, stored as REAL',
  bindings: {
    values: { access: 'read', type: 'vec4<f32>', shape: ['size'] },
    out: { access: 'read_write', type: 'vec4<REAL>', shape: ['size'] },
  },
  uniforms: { size: 'u32' },
  constants: { LANES: 64 },
  defines: { REAL: 'f32' },
  workgroups: ({ size = 0 }, { LANES = 64 }) => flatGroups(size / 4, LANES),
});
