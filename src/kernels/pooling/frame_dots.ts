import { defineKernel, tiles } from '../descriptor.js';

export const frameDots = defineKernel({
  name: 'frame_dots',
  equation:
    'out[r] = dropout(y[r]) . v   (scores of Eq. 1), or the gradient of a weight of mean and deviation',
  bindings: {
    y: { access: 'read', type: 'vec4<REAL>', shape: ['frames', 'width'] },
    v: { access: 'read', type: 'vec4<f32>', shape: ['rows', 'v_width'] },
    positions: { access: 'read', type: 'vec4<u32>', shape: ['frames', 4] },
    pooled: {
      access: 'read',
      type: 'vec4<f32>',
      shape: ['rows', 'pooled_width'],
      when: 'DEVIATION',
    },
    out: { access: 'read_write', type: 'f32', shape: ['frames'] },
  },
  uniforms: {
    frames: 'u32',
    width: 'u32',
    rows: 'u32',
    v_width: 'u32',
    pooled_width: 'u32',
    threshold: 'u32',
    scale: 'f32',
    stream_0: 'u32',
    stream_1: 'u32',
  },
  constants: { FRAMES: 8 },
  defines: { BY_ROW: 0, DEVIATION: 0, DROPOUT: 0, REAL: 'f32' },
  workgroups: ({ frames = 0 }, { FRAMES = 8 }) => [1, tiles(frames, FRAMES), 1],
  flops: ({ frames = 0, width = 0 }) => 2 * frames * width,
});
