import { defineKernel } from '../descriptor.js';

export const poolingSoftmaxBackward = defineKernel({
  name: 'pooling_softmax_backward',
  equation: 'd_scores[t] = a_t (e_t - sum_s a_s e_s)',
  bindings: {
    weights: { access: 'read', type: 'f32', shape: ['frames'] },
    e: { access: 'read', type: 'f32', shape: ['frames'] },
    sequences: { access: 'read', type: 'vec2<u32>', shape: ['rows', 2] },
    d_scores: { access: 'read_write', type: 'f32', shape: ['frames'] },
  },
  uniforms: { rows: 'u32', frames: 'u32' },
  constants: {},
  workgroups: ({ rows = 0 }) => [rows, 1, 1],
  flops: ({ frames = 0 }) => 4 * frames,
});
