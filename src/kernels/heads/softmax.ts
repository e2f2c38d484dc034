import { defineKernel, tiles } from '../descriptor.js';

export const softmax = defineKernel({
  name: 'softmax',
  equation: 'probabilities = softmax(logits) over the classes',
  bindings: {
    logits: { access: 'read', type: 'f32', shape: ['rows', 'stride'] },
    probabilities: { access: 'read_write', type: 'f32', shape: ['rows', 'columns'] },
  },
  uniforms: { rows: 'u32', classes: 'u32', stride: 'u32', first: 'u32', columns: 'u32' },
  constants: { LANES: 64 },
  workgroups: ({ rows = 0 }, { LANES = 64 }) => [tiles(rows, LANES), 1, 1],
  flops: ({ rows = 0, classes = 0 }) => 6 * rows * classes,
});
