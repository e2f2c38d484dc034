import { defineKernel, flatGroups } from '../descriptor.js';

export const voicePeaks = defineKernel({
  name: 'voice_peaks',
  equation:
    "pitch[t] = the lag with the highest score among the peaks of r[t], and the peak's height",
  bindings: {
    r: { access: 'read', type: 'f32', shape: ['frames', 'lags'] },
    decibels: { access: 'read', type: 'f32', shape: ['frames'] },
    octaves: { access: 'read', type: 'f32', shape: ['count'] },
    frame_places: { access: 'read', type: 'vec4<u32>', shape: ['frames', 4], when: 'SECOND' },
    middles: { access: 'read', type: 'vec4<f32>', shape: ['rows', 4], when: 'SECOND' },
    pitch: { access: 'read_write', type: 'vec4<f32>', shape: ['frames', 4] },
  },
  uniforms: { rows: 'u32', frames: 'u32', lags: 'u32', count: 'u32' },
  constants: {},
  defines: { SECOND: 0 },
  workgroups: ({ frames = 0 }) => flatGroups(frames, 1),
  flops: ({ frames = 0, count = 0 }) => 8 * frames * count,
});
