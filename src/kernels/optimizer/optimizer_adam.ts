import { defineKernel, flatGroups } from '../descriptor.js';

export const optimizerAdam = defineKernel({
  name: 'optimizer_adam',
  equation: 'Adam (Kingma & Ba 2015), AdamW (Loshchilov & Hutter 2019)',
  bindings: {
    parameters: { access: 'read_write', type: 'vec4<f32>', shape: ['size'], effect: 'updates' },
    gradients: { access: 'read', type: 'vec4<f32>', shape: ['size'] },
    m: { access: 'read_write', type: 'vec4<f32>', shape: ['size'], effect: 'updates' },
    v: { access: 'read_write', type: 'vec4<f32>', shape: ['size'], effect: 'updates' },
    clip: { access: 'read', type: 'f32', shape: [5] },
  },
  uniforms: {
    size: 'u32',
    lr: 'f32',
    beta1: 'f32',
    beta2: 'f32',
    eps: 'f32',
    weight_decay: 'f32',
  },
  constants: { LANES: 64 },
  workgroups: ({ size = 0 }, { LANES = 64 }) => flatGroups(size / 4, LANES),
  flops: ({ size = 0 }) => 15 * size,
});
