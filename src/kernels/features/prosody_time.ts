import { defineKernel, flatGroups } from '../descriptor.js';

export const prosodyTime = defineKernel({
  name: 'prosody_time',
  equation: 'zero crossing rate, energy, entropy of energy, harmonic ratio, pitch of each frame',
  bindings: {
    samples: { access: 'read', type: 'f32', shape: ['samples'] },
    levels: { access: 'read', type: 'vec4<f32>', shape: ['rows', 4] },
    frame_places: { access: 'read', type: 'vec4<u32>', shape: ['frames', 4] },
    out: { access: 'read_write', type: 'f32', shape: ['frames', 'width'] },
    scales: { access: 'read_write', type: 'vec2<f32>', shape: ['frames', 2] },
  },
  uniforms: { rows: 'u32', samples: 'u32', frames: 'u32', width: 'u32', first: 'u32' },
  constants: {},
  workgroups: ({ frames = 0 }) => flatGroups(frames, 1),
  // 261 lags of 400 - lag samples
  flops: ({ frames = 0 }) => 143_000 * frames,
});
