import { defineKernel } from '../descriptor.js';

export const clipScale = defineKernel({
  name: 'clip_scale',
  equation: 'clip = min(1, max_norm / (norm + 1e-6)) / scale, norm = sqrt(sum of squares) / scale',
  bindings: {
    squares: { access: 'read', type: 'f32', shape: ['groups'] },
    clip: { access: 'read_write', type: 'f32', shape: [5] },
    losses: { access: 'read_write', type: 'f32', shape: ['slots'], effect: 'accumulates' },
    loss_scale: { access: 'read_write', type: 'f32', shape: [4], effect: 'updates' },
  },
  uniforms: {
    groups: 'u32',
    max_norm: 'f32',
    slot: 'u32',
    slots: 'u32',
    growth: 'u32',
    step: 'f32',
    correction_1: 'f32',
    correction_2: 'f32',
    log_beta1: 'f32',
    log_beta2: 'f32',
  },
  constants: {},
  workgroups: () => [1, 1, 1],
});
