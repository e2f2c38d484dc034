import { defineKernel, flatGroups } from '../descriptor.js';

export const foldFrames = defineKernel({
  name: 'fold_frames',
  equation: 'even[t,m] = x[200 + m] + x[199 - m], odd[t,m] = x[200 + m] - x[199 - m], in two parts',
  bindings: {
    samples: { access: 'read', type: 'f32', shape: ['samples'] },
    levels: { access: 'read', type: 'vec4<f32>', shape: ['rows', 4] },
    frame_places: { access: 'read', type: 'vec4<u32>', shape: ['frames', 4] },
    even: { access: 'read_write', type: 'f32', shape: ['frames', 'half'] },
    even_fine: { access: 'read_write', type: 'f32', shape: ['frames', 'half'] },
    odd: { access: 'read_write', type: 'f32', shape: ['frames', 'half'] },
    odd_fine: { access: 'read_write', type: 'f32', shape: ['frames', 'half'] },
  },
  uniforms: { rows: 'u32', samples: 'u32', frames: 'u32', half: 'u32' },
  constants: { LANES: 64 },
  workgroups: ({ frames = 0, half = 0 }, { LANES = 64 }) => flatGroups(frames * half, LANES),
  flops: ({ frames = 0, half = 0 }) => 16 * frames * half,
});
