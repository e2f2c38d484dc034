import { defineKernel, flatGroups } from '../descriptor.js';

export const logMel = defineKernel({
  name: 'log_mel',
  equation: 'out[t,i] = ln(sum over bins of weight |X_k|^2 / 400 + 1e-10)',
  bindings: {
    re: { access: 'read', type: 'f32', shape: ['frames', 'bins'] },
    im: { access: 'read', type: 'f32', shape: ['frames', 'bins'] },
    bands: { access: 'read', type: 'vec2<u32>', shape: ['count', 2] },
    entries: { access: 'read', type: 'vec2<f32>', shape: ['entries', 2] },
    out: { access: 'read_write', type: 'f32', shape: ['frames', 'width'] },
  },
  uniforms: {
    frames: 'u32',
    bins: 'u32',
    count: 'u32',
    entries: 'u32',
    width: 'u32',
    first: 'u32',
  },
  constants: { LANES: 64 },
  workgroups: ({ frames = 0, count = 0 }, { LANES = 64 }) => flatGroups(frames * count, LANES),
  flops: ({ frames = 0, entries = 0 }) => 5 * frames * entries,
});
