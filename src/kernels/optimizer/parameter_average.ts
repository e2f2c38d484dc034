import { defineKernel, flatGroups } from '../descriptor.js';

export const parameterAverage = defineKernel({
  name: 'parameter_average',
  equation: 'average = decay average + (1 - decay) parameters (Polyak & Juditsky 1992)',
  bindings: {
    parameters: { access: 'read', type: 'vec4<f32>', shape: ['size'] },
    clip: { access: 'read', type: 'f32', shape: [5] },
    average: { access: 'read_write', type: 'vec4<f32>', shape: ['size'], effect: 'updates' },
  },
  uniforms: { size: 'u32', decay: 'f32' },
  constants: { LANES: 64 },
  workgroups: ({ size = 0 }, { LANES = 64 }) => flatGroups(size / 4, LANES),
  flops: ({ size = 0 }) => 3 * size,
});
