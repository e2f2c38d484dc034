import { defineKernel, flatGroups } from '../descriptor.js';

export const normaliseRows = defineKernel({
  name: 'normalise_rows',
  equation: 'out[i] = (values[source] - mean) / deviation',
  bindings: {
    values: { access: 'read', type: 'f32', shape: ['frames', 'width'] },
    statistics: { access: 'read', type: 'vec2<f32>', shape: ['spans', 'width', 2] },
    positions: { access: 'read', type: 'vec4<u32>', shape: ['out_rows', 4] },
    sources: { access: 'read', type: 'vec2<u32>', shape: ['rows', 2] },
    out: { access: 'read_write', type: 'f32', shape: ['out_rows', 'width'] },
  },
  uniforms: { rows: 'u32', frames: 'u32', spans: 'u32', out_rows: 'u32', width: 'u32' },
  constants: { LANES: 64 },
  workgroups: ({ out_rows = 0, width = 0 }, { LANES = 64 }) => flatGroups(out_rows * width, LANES),
  flops: ({ out_rows = 0, width = 0 }) => 2 * out_rows * width,
});
