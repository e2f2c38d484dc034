import { defineKernel, flatGroups } from '../descriptor.js';

export const deltas = defineKernel({
  name: 'deltas',
  equation: 'out[t, columns + f] = sum over n = 1, 2 of n (out[t + n, f] - out[t - n, f]) / 10',
  bindings: {
    frame_places: { access: 'read', type: 'vec4<u32>', shape: ['frames', 4] },
    out: { access: 'read_write', type: 'f32', shape: ['frames', 'width'], effect: 'updates' },
  },
  uniforms: { frames: 'u32', width: 'u32', columns: 'u32' },
  constants: { LANES: 64 },
  workgroups: ({ frames = 0, columns = 0 }, { LANES = 64 }) => flatGroups(frames * columns, LANES),
  flops: ({ frames = 0, columns = 0 }) => 8 * frames * columns,
});
