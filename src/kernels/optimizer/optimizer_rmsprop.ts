import { defineKernel, flatGroups } from '../descriptor.js';

export const optimizerRmsprop = defineKernel({
  name: 'optimizer_rmsprop',
  equation: 'RMSprop (Tieleman & Hinton 2012), as torch.optim.RMSprop',
  bindings: {
    parameters: { access: 'read_write', type: 'vec4<f32>', shape: ['size'], effect: 'updates' },
    gradients: { access: 'read', type: 'vec4<f32>', shape: ['size'] },
    v: { access: 'read_write', type: 'vec4<f32>', shape: ['size'], effect: 'updates' },
    clip: { access: 'read', type: 'f32', shape: [5] },
  },
  uniforms: { size: 'u32', lr: 'f32', alpha: 'f32', eps: 'f32' },
  constants: { LANES: 64 },
  workgroups: ({ size = 0 }, { LANES = 64 }) => flatGroups(size / 4, LANES),
  flops: ({ size = 0 }) => 8 * size,
});
