import { defineKernel, tiles } from '../descriptor.js';

export const poolingDeviation = defineKernel({
  name: 'pooling_deviation',
  equation:
    'pooled[b] = m = sum_t weights[t] dropout(y[t]), sqrt(sum_t weights[t] (dropout(y[t]) - m)^2 + 1e-6)   (Okabe et al. 2018)',
  bindings: {
    y: { access: 'read', type: 'vec4<REAL>', shape: ['frames', 'width'] },
    weights: { access: 'read', type: 'f32', shape: ['frames'] },
    sequences: { access: 'read', type: 'vec2<u32>', shape: ['rows', 2] },
    positions: { access: 'read', type: 'vec4<u32>', shape: ['frames', 4], when: 'DROPOUT' },
    pooled: { access: 'read_write', type: 'vec4<f32>', shape: ['rows', 'pooled_width'] },
  },
  uniforms: {
    rows: 'u32',
    width: 'u32',
    pooled_width: 'u32',
    part: 'u32',
    units: 'u32',
    frames: 'u32',
    threshold: 'u32',
    scale: 'f32',
    stream_0: 'u32',
    stream_1: 'u32',
  },
  constants: {},
  defines: { DROPOUT: 0, REAL: 'f32' },
  workgroups: ({ rows = 0, width = 0 }) => [tiles(width / 4, 16), rows, 1],
  flops: ({ frames = 0, width = 0 }) => 6 * frames * width,
});
