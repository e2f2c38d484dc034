import { defineKernel, tiles } from '../descriptor.js';

/** Frames of a lane, as in the shader. */
const SPAN = 32;

export const augment = defineKernel({
  name: 'augment',
  equation: 'out[t,c] = gain_c frames[source(t),c] + offset_c, 0 where masked (SpecAugment)',
  bindings: {
    frames: { access: 'read', type: 'vec4<f32>', shape: ['source_frames', 'width'] },
    sources: { access: 'read', type: 'vec4<u32>', shape: ['rows', 4] },
    sequences: { access: 'read', type: 'vec2<u32>', shape: ['rows', 2] },
    out: { access: 'read_write', type: 'vec4<f32>', shape: ['steps', 'width'] },
  },
  uniforms: {
    rows: 'u32',
    steps: 'u32',
    longest: 'u32',
    source_frames: 'u32',
    width: 'u32',
    features: 'u32',
    time_masks: 'u32',
    time_share: 'f32',
    feature_masks: 'u32',
    feature_limit: 'u32',
    gain: 'f32',
    offset: 'f32',
    stream_0: 'u32',
    stream_1: 'u32',
  },
  constants: { LANES: 64 },
  workgroups: ({ rows = 0, longest = 0, width = 0 }, { LANES = 64 }) => [
    tiles((tiles(longest, SPAN) * width) / 4, LANES),
    rows,
    1,
  ],
  flops: ({ steps = 0, width = 0 }) => 2 * steps * width,
});
