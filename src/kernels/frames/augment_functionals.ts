import { defineKernel, flatGroups } from '../descriptor.js';

export const augmentFunctionals = defineKernel({
  name: 'augment_functionals',
  equation: 'out = values + offset m_c + noise n_k, 0 with a probability and in masks',
  bindings: {
    values: { access: 'read', type: 'f32', shape: ['rows', 'width'] },
    positions: { access: 'read', type: 'vec4<u32>', shape: ['rows', 4] },
    out: { access: 'read_write', type: 'f32', shape: ['rows', 'width'] },
  },
  uniforms: {
    rows: 'u32',
    width: 'u32',
    count: 'u32',
    features: 'u32',
    noise: 'f32',
    offset: 'f32',
    threshold: 'f32',
    masks: 'u32',
    mask_limit: 'u32',
    stream_0: 'u32',
    stream_1: 'u32',
  },
  constants: { LANES: 64 },
  workgroups: ({ rows = 0, width = 0 }, { LANES = 64 }) => flatGroups(rows * width, LANES),
  flops: ({ rows = 0, width = 0 }) => 2 * rows * width,
});
