import { defineKernel } from '../descriptor.js';

export const mse = defineKernel({
  name: 'mse',
  equation:
    'losses[slot] += sum (x - y)^2 * inverse_norm over labelled rows; d_outputs its gradient',
  bindings: {
    outputs: { access: 'read', type: 'f32', shape: ['rows', 'stride'] },
    targets: { access: 'read', type: 'u32', shape: ['rows'] },
    loss_scale: { access: 'read', type: 'f32', shape: [4] },
    d_outputs: { access: 'read_write', type: 'f32', shape: ['rows', 'stride'] },
    losses: { access: 'read_write', type: 'f32', shape: ['slots'], effect: 'accumulates' },
  },
  uniforms: {
    rows: 'u32',
    stride: 'u32',
    first: 'u32',
    columns: 'u32',
    slot: 'u32',
    slots: 'u32',
    inverse_norm: 'f32',
    gradient_scale: 'f32',
  },
  constants: {},
  workgroups: ({ rows = 0 }) => [Math.min(rows, 1), 1, 1],
  flops: ({ rows = 0 }) => 6 * rows,
});
