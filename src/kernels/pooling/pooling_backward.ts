import { defineKernel, tiles } from '../descriptor.js';

export const poolingBackward = defineKernel({
  name: 'pooling_backward',
  equation:
    'd_y[t] = dropout(weights[t] d_pooled[row(t)] + d_scores[t] attention), and the share of the deviation',
  bindings: {
    d_pooled: { access: 'read', type: 'vec4<f32>', shape: ['rows', 'd_width'] },
    weights: { access: 'read', type: 'f32', shape: ['frames'] },
    d_scores: { access: 'read', type: 'f32', shape: ['frames'], when: 'ATTENTION' },
    attention: { access: 'read', type: 'vec4<f32>', shape: ['width'], when: 'ATTENTION' },
    positions: { access: 'read', type: 'vec4<u32>', shape: ['frames', 4] },
    y: { access: 'read', type: 'vec4<REAL>', shape: ['frames', 'width'], when: 'DEVIATION' },
    pooled: {
      access: 'read',
      type: 'vec4<f32>',
      shape: ['rows', 'pooled_width'],
      when: 'DEVIATION',
    },
    d_y: { access: 'read_write', type: 'vec4<REAL>', shape: ['frames', 'width'] },
  },
  uniforms: {
    frames: 'u32',
    width: 'u32',
    rows: 'u32',
    d_width: 'u32',
    pooled_width: 'u32',
    threshold: 'u32',
    scale: 'f32',
    stream_0: 'u32',
    stream_1: 'u32',
  },
  constants: { LANES: 64 },
  defines: { ATTENTION: 1, DEVIATION: 0, DROPOUT: 0, REAL: 'f32' },
  workgroups: ({ frames = 0, width = 0 }, { LANES = 64 }) => [
    tiles(width / 4, LANES),
    Math.min(frames, 32768),
    tiles(frames, 32768),
  ],
  flops: ({ frames = 0, width = 0 }) => 4 * frames * width,
});
