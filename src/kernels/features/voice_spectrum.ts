import { defineKernel, flatGroups } from '../descriptor.js';

export const voiceSpectrum = defineKernel({
  name: 'voice_spectrum',
  equation: 'the 20 columns of voice20 from pitch, level and power spectrum of each frame',
  bindings: {
    re: { access: 'read', type: 'f32', shape: ['frames', 'bins'] },
    im: { access: 'read', type: 'f32', shape: ['frames', 'bins'] },
    contour: { access: 'read', type: 'vec4<f32>', shape: ['frames', 4] },
    frame_places: { access: 'read', type: 'vec4<u32>', shape: ['frames', 4] },
    bands: { access: 'read', type: 'vec2<u32>', shape: [43, 2] },
    entries: { access: 'read', type: 'vec2<f32>', shape: ['entries', 2] },
    dct: { access: 'read', type: 'f32', shape: [13, 40] },
    out: { access: 'read_write', type: 'f32', shape: ['frames', 'width'] },
  },
  uniforms: { frames: 'u32', bins: 'u32', entries: 'u32', width: 'u32', first: 'u32' },
  constants: {},
  workgroups: ({ frames = 0 }) => flatGroups(frames, 1),
  flops: ({ frames = 0 }) => 10_000 * frames,
});
