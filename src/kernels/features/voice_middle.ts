import { defineKernel } from '../descriptor.js';

export const voiceMiddle = defineKernel({
  name: 'voice_middle',
  equation: 'middles[b] = quietest voiced level, median octave of the voiced frames',
  bindings: {
    pitch: { access: 'read', type: 'vec4<f32>', shape: ['frames', 4] },
    octaves: { access: 'read', type: 'f32', shape: ['count'] },
    signals: { access: 'read', type: 'vec4<u32>', shape: ['rows', 4] },
    middles: { access: 'read_write', type: 'vec4<f32>', shape: ['rows', 4] },
  },
  uniforms: { rows: 'u32', frames: 'u32', count: 'u32' },
  constants: {},
  workgroups: ({ rows = 0 }) => [rows, 1, 1],
  flops: ({ frames = 0 }) => 4 * frames,
});
