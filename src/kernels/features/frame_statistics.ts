import { defineKernel, tiles } from '../descriptor.js';

export const frameStatistics = defineKernel({
  name: 'frame_statistics',
  equation: 'moments (s m + (1 - s) m0) of the frames of each span, as mean and 1 / deviation',
  bindings: {
    values: { access: 'read', type: 'f32', shape: ['frames', 'width'] },
    spans: { access: 'read', type: 'vec2<u32>', shape: ['rows', 2] },
    known_means: { access: 'read', type: 'f32', shape: ['rows', 'width'] },
    known_variances: { access: 'read', type: 'f32', shape: ['rows', 'width'] },
    statistics: { access: 'read_write', type: 'vec2<f32>', shape: ['rows', 'width', 2] },
  },
  uniforms: { rows: 'u32', frames: 'u32', width: 'u32', share: 'f32' },
  constants: { LANES: 64 },
  workgroups: ({ rows = 0, width = 0 }, { LANES = 64 }) => [tiles(width, LANES), rows, 1],
  flops: ({ frames = 0, width = 0 }) => 6 * frames * width,
});
