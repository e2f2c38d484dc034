import { defineKernel, tiles } from '../descriptor.js';

export const functionals = defineKernel({
  name: 'functionals',
  equation:
    'out[b] = mean, deviation, quantiles, mean |x_t - x_(t-1)| of each feature over the frames; ln(T) / 10',
  bindings: {
    features: { access: 'read', type: 'f32', shape: ['frames', 'width'] },
    sequences: { access: 'read', type: 'vec2<u32>', shape: ['rows', 2] },
    out: { access: 'read_write', type: 'f32', shape: ['rows', 'out_width'] },
  },
  uniforms: { rows: 'u32', frames: 'u32', width: 'u32', dimensions: 'u32', out_width: 'u32' },
  constants: { LANES: 32 },
  workgroups: ({ rows = 0, dimensions = 0 }, { LANES = 32 }) => [tiles(dimensions, LANES), rows, 1],
  // three passes, and the selection
  flops: ({ frames = 0, dimensions = 0 }) => 40 * frames * dimensions,
});
