import { defineKernel, flatGroups } from '../descriptor.js';

export const stepDropout = defineKernel({
  name: 'step_dropout',
  equation: 'out = dropout(values)',
  bindings: {
    values: { access: 'read', type: 'vec4<REAL>', shape: ['steps', 'width'] },
    positions: { access: 'read', type: 'vec4<u32>', shape: ['steps', 4] },
    out: { access: 'read_write', type: 'vec4<REAL>', shape: ['steps', 'width'] },
  },
  uniforms: {
    steps: 'u32',
    width: 'u32',
    threshold: 'u32',
    scale: 'f32',
    stream_0: 'u32',
    stream_1: 'u32',
  },
  constants: { LANES: 64 },
  defines: { REAL: 'f32' },
  workgroups: ({ steps = 0, width = 0 }, { LANES = 64 }) => flatGroups((steps * width) / 4, LANES),
  flops: ({ steps = 0, width = 0 }) => steps * width,
});
