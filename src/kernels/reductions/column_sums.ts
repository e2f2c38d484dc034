import { defineKernel, tiles } from '../descriptor.js';

export const columnSums = defineKernel({
  name: 'column_sums',
  equation: 'out[s] = sum of weights[r] dropout(a[r]) over the rows r of slice s',
  bindings: {
    a: { access: 'read', type: 'vec4<REAL>', shape: ['rows', 'columns'] },
    weights: { access: 'read', type: 'f32', shape: ['rows'], when: 'WEIGHTED' },
    positions: { access: 'read', type: 'vec4<u32>', shape: ['rows', 4], when: 'DROPOUT' },
    out: { access: 'read_write', type: 'vec4<f32>', shape: ['slices', 'columns'] },
  },
  uniforms: {
    rows: 'u32',
    columns: 'u32',
    slices: 'u32',
    threshold: 'u32',
    scale: 'f32',
    stream_0: 'u32',
    stream_1: 'u32',
  },
  constants: { LANES: 64 },
  defines: { WEIGHTED: 0, DROPOUT: 0, REAL: 'f32' },
  workgroups: ({ columns = 0, slices = 0 }, { LANES = 64 }) => [
    tiles(columns / 4, LANES),
    slices,
    1,
  ],
  flops: ({ rows = 0, columns = 0 }) => rows * columns,
});
