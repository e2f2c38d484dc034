import { defineKernel } from '../descriptor.js';

/** Values of a moments tensor: n, two means, three sums of squares and products; padded. */
export const MOMENTS = 8;

export const cccMoments = defineKernel({
  name: 'ccc_moments',
  equation:
    'moments = n, means and centred sums of outputs and targets, or merged with them (Chan et al. 1983)',
  bindings: {
    outputs: { access: 'read', type: 'f32', shape: ['rows', 'stride'] },
    targets: { access: 'read', type: 'u32', shape: ['rows'] },
    moments: { access: 'read_write', type: 'f32', shape: [MOMENTS], effect: 'updates' },
  },
  uniforms: { rows: 'u32', stride: 'u32', first: 'u32', shift: 'f32', merge: 'u32' },
  constants: {},
  workgroups: ({ rows = 0 }) => [Math.min(rows, 1), 1, 1],
  flops: ({ rows = 0 }) => 15 * rows,
});
