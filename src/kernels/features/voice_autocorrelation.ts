import { defineKernel, flatGroups } from '../descriptor.js';

export const voiceAutocorrelation = defineKernel({
  name: 'voice_autocorrelation',
  equation: 'r[t,k] = normalised autocorrelation of 40 ms; decibels[t] = their level',
  bindings: {
    samples: { access: 'read', type: 'f32', shape: ['samples'] },
    levels: { access: 'read', type: 'vec4<f32>', shape: ['rows', 4] },
    signals: { access: 'read', type: 'vec4<u32>', shape: ['rows', 4] },
    frame_places: { access: 'read', type: 'vec4<u32>', shape: ['frames', 4] },
    window: { access: 'read', type: 'f32', shape: ['wide'] },
    scales: { access: 'read', type: 'f32', shape: ['lags'] },
    r: { access: 'read_write', type: 'f32', shape: ['frames', 'lags'] },
    decibels: { access: 'read_write', type: 'f32', shape: ['frames'] },
  },
  uniforms: { rows: 'u32', samples: 'u32', frames: 'u32', wide: 'u32', lags: 'u32' },
  constants: {},
  workgroups: ({ frames = 0 }) => flatGroups(frames, 1),
  // 240 lags of 640 - lag samples
  flops: ({ frames = 0 }) => 240_000 * frames,
});
