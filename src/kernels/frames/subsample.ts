import { defineKernel, flatGroups } from '../descriptor.js';

/** The first uniforms of subsample_backward, too. */
export const subsampleUniforms = {
  rows: 'u32',
  steps: 'u32',
  groups: 'u32',
  width: 'u32',
  out_width: 'u32',
  by: 'u32',
} as const;

export const subsample = defineKernel({
  name: 'subsample',
  equation: 'out[g] = mean of, or concatenated, values[t] over the steps t of group g',
  bindings: {
    values: { access: 'read', type: 'vec4<REAL>', shape: ['steps', 'width'] },
    sequences: { access: 'read', type: 'vec2<u32>', shape: ['rows', 2] },
    positions: { access: 'read', type: 'vec4<u32>', shape: ['groups', 4] },
    out: { access: 'read_write', type: 'vec4<REAL>', shape: ['groups', 'out_width'] },
  },
  uniforms: subsampleUniforms,
  constants: { LANES: 64 },
  defines: { MEAN: 1, REAL: 'f32' },
  workgroups: ({ groups = 0, out_width = 0 }, { LANES = 64 }) =>
    flatGroups((groups * out_width) / 4, LANES),
  flops: ({ steps = 0, width = 0 }) => steps * width,
});
