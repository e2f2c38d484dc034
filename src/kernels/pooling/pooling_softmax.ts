import { defineKernel } from '../descriptor.js';

export const poolingSoftmax = defineKernel({
  name: 'pooling_softmax',
  equation: 'weights = softmax over an utterance of scores   (Eq. 1), or 1 / length',
  bindings: {
    scores: { access: 'read', type: 'f32', shape: ['frames'], when: 'ATTENTION' },
    sequences: { access: 'read', type: 'vec2<u32>', shape: ['rows', 2] },
    weights: { access: 'read_write', type: 'f32', shape: ['frames'] },
  },
  uniforms: { rows: 'u32', frames: 'u32' },
  constants: {},
  defines: { ATTENTION: 1 },
  workgroups: ({ rows = 0 }) => [rows, 1, 1],
  flops: ({ frames = 0 }) => 10 * frames,
});
