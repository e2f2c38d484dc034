import { defineKernel, flatGroups } from '../descriptor.js';

export const optimizerSgd = defineKernel({
  name: 'optimizer_sgd',
  equation: 'SGD with momentum, as torch.optim.SGD',
  bindings: {
    parameters: { access: 'read_write', type: 'vec4<f32>', shape: ['size'], effect: 'updates' },
    gradients: { access: 'read', type: 'vec4<f32>', shape: ['size'] },
    b: { access: 'read_write', type: 'vec4<f32>', shape: ['size'], effect: 'updates' },
    clip: { access: 'read', type: 'f32', shape: [5] },
  },
  uniforms: { size: 'u32', lr: 'f32', momentum: 'f32' },
  constants: { LANES: 64 },
  workgroups: ({ size = 0 }, { LANES = 64 }) => flatGroups(size / 4, LANES),
  flops: ({ size = 0 }) => 4 * size,
});
