import { defineKernel } from '../descriptor.js';

export const crossEntropy = defineKernel({
  name: 'cross_entropy',
  equation:
    'losses[slot] += weighted, smoothed -log softmax(logits)[target]; d_logits its gradient',
  bindings: {
    logits: { access: 'read', type: 'f32', shape: ['rows', 'stride'] },
    targets: { access: 'read', type: 'i32', shape: ['rows'] },
    class_weights: { access: 'read', type: 'f32', shape: ['classes'] },
    loss_scale: { access: 'read', type: 'f32', shape: [4] },
    d_logits: { access: 'read_write', type: 'f32', shape: ['rows', 'stride'] },
    losses: { access: 'read_write', type: 'f32', shape: ['slots'], effect: 'accumulates' },
  },
  uniforms: {
    rows: 'u32',
    classes: 'u32',
    stride: 'u32',
    first: 'u32',
    columns: 'u32',
    slot: 'u32',
    slots: 'u32',
    inverse_norm: 'f32',
    gradient_scale: 'f32',
    smoothing: 'f32',
    weight_sum: 'f32',
  },
  constants: {},
  workgroups: ({ rows = 0 }) => [Math.min(rows, 1), 1, 1],
  flops: ({ rows = 0, classes = 0 }) => 12 * rows * classes,
});
