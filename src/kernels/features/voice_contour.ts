import { defineKernel } from '../descriptor.js';

export const voiceContour = defineKernel({
  name: 'voice_contour',
  equation: 'contour[t] = running median of 5 of the pitch, a straight line between voiced frames',
  bindings: {
    pitch: { access: 'read', type: 'vec4<f32>', shape: ['frames', 4] },
    middles: { access: 'read', type: 'vec4<f32>', shape: ['rows', 4] },
    signals: { access: 'read', type: 'vec4<u32>', shape: ['rows', 4] },
    contour: { access: 'read_write', type: 'vec4<f32>', shape: ['frames', 4] },
  },
  uniforms: { rows: 'u32', frames: 'u32' },
  constants: {},
  workgroups: ({ rows = 0 }) => [rows, 1, 1],
  flops: ({ frames = 0 }) => 20 * frames,
});
