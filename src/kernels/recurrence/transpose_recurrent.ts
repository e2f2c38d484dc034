import { defineKernel, tiles } from '../descriptor.js';

export const transposeRecurrent = defineKernel({
  name: 'transpose_recurrent',
  equation: 'out[dir,u,k] = weight[dir,k,u], four gates each',
  bindings: {
    weight: { access: 'read', type: 'vec4<f32>', shape: ['directions', 'units', 'units', 4] },
    out: { access: 'read_write', type: 'vec4<REAL>', shape: ['directions', 'units', 'units', 4] },
  },
  uniforms: { directions: 'u32', units: 'u32' },
  constants: {},
  defines: { REAL: 'f32' },
  workgroups: ({ directions = 0, units = 0 }) => [tiles(units, 8), tiles(units, 8), directions],
});
