import { defineKernel, flatGroups } from '../descriptor.js';
import { subsampleUniforms } from './subsample.js';

export const subsampleBackward = defineKernel({
  name: 'subsample_backward',
  equation: 'd_values[t] = d_out[group of t] / its steps, or its own columns of it',
  bindings: {
    d_out: { access: 'read', type: 'vec4<REAL>', shape: ['groups', 'out_width'] },
    sequences: { access: 'read', type: 'vec2<u32>', shape: ['rows', 2] },
    positions: { access: 'read', type: 'vec4<u32>', shape: ['steps', 4] },
    layer_output: {
      access: 'read',
      type: 'vec4<REAL>',
      shape: ['steps', 'width'],
      when: 'GATED',
    },
    d_values: { access: 'read_write', type: 'vec4<REAL>', shape: ['steps', 'width'] },
  },
  uniforms: {
    ...subsampleUniforms,
    threshold: 'u32',
    scale: 'f32',
    stream_0: 'u32',
    stream_1: 'u32',
  },
  constants: { LANES: 64 },
  defines: { MEAN: 1, DROPOUT: 0, GATED: 0, REAL: 'f32' },
  workgroups: ({ steps = 0, width = 0 }, { LANES = 64 }) => flatGroups((steps * width) / 4, LANES),
  flops: ({ steps = 0, width = 0 }) => steps * width,
});
