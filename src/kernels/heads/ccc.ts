import { defineKernel } from '../descriptor.js';
import { MOMENTS } from './ccc_moments.js';

export const ccc = defineKernel({
  name: 'ccc',
  equation:
    'losses[slot] += share of 1 - 2 s_xy / (s_xx + s_yy + (mean x - mean y)^2) (Lin 1989); d_outputs its gradient',
  bindings: {
    outputs: { access: 'read', type: 'f32', shape: ['rows', 'stride'] },
    targets: { access: 'read', type: 'u32', shape: ['rows'] },
    moments: { access: 'read', type: 'f32', shape: [MOMENTS] },
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
    shift: 'f32',
    weight: 'f32',
  },
  constants: {},
  workgroups: ({ rows = 0 }) => [Math.min(rows, 1), 1, 1],
  flops: ({ rows = 0 }) => 8 * rows,
});
