import { defineKernel } from '../descriptor.js';

export const signalLevels = defineKernel({
  name: 'signal_levels',
  equation: 'levels[b] = mean of the signal as two numbers, 1 / (max |x - mean| + 1e-10)',
  bindings: {
    samples: { access: 'read', type: 'f32', shape: ['samples'] },
    signals: { access: 'read', type: 'vec4<u32>', shape: ['rows', 4] },
    levels: { access: 'read_write', type: 'vec4<f32>', shape: ['rows', 4] },
  },
  uniforms: { rows: 'u32', samples: 'u32' },
  constants: {},
  workgroups: ({ rows = 0 }) => [rows, 1, 1],
  flops: ({ samples = 0 }) => 5 * samples,
});
