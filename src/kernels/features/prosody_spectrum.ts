import { defineKernel, flatGroups } from '../descriptor.js';

export const prosodySpectrum = defineKernel({
  name: 'prosody_spectrum',
  equation:
    'centroid, spread, entropy, flux, rolloff, MFCC, chroma and their deviation of each frame',
  bindings: {
    re: { access: 'read', type: 'f32', shape: ['frames', 'bins'] },
    im: { access: 'read', type: 'f32', shape: ['frames', 'bins'] },
    scales: { access: 'read', type: 'vec2<f32>', shape: ['frames', 2] },
    frame_places: { access: 'read', type: 'vec4<u32>', shape: ['frames', 4] },
    bands: { access: 'read', type: 'vec2<u32>', shape: [52, 2] },
    entries: { access: 'read', type: 'vec2<f32>', shape: ['entries', 2] },
    dct: { access: 'read', type: 'f32', shape: [13, 40] },
    out: { access: 'read_write', type: 'f32', shape: ['frames', 'width'] },
  },
  uniforms: { frames: 'u32', bins: 'u32', entries: 'u32', width: 'u32', first: 'u32' },
  constants: {},
  workgroups: ({ frames = 0 }) => flatGroups(frames, 1),
  flops: ({ frames = 0 }) => 10_000 * frames,
});
