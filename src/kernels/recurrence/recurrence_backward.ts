import { defineKernel } from '../descriptor.js';
import { rolled, rowDefines } from './recurrence_loops.js';
import {
  cellDefines,
  backwardBindings,
  recurrenceFlops,
  recurrenceUniforms,
  recurrenceWorkgroups,
} from './recurrence_parts.js';

export const recurrenceBackward = defineKernel({
  name: 'recurrence_backward',
  equation: 'gradient of Eq. 3-12 over time',
  bindings: {
    ...backwardBindings,
    pending: {
      access: 'read_write',
      type: 'f32',
      shape: ['ring', 'rows', 'directions', 'kinds', 'units'],
      when: 'COMBINE',
      effect: 'updates',
    },
    carry: { access: 'read_write', type: 'f32', shape: ['planes', 'tiles', 'directions', 'units'] },
  },
  uniforms: {
    ...recurrenceUniforms,
    tiles: 'u32',
    planes: 'u32',
    tile_rows: 'u32',
    block: 'u32',
    ring: 'u32',
    kinds: 'u32',
  },
  constants: { LANES: 32, UNITS: 64 },
  defines: {
    ...cellDefines,
    ...rowDefines(8, 1),
    UNITS_PER_LANE: 2,
    BLOCK: 1,
    // each state is combined once at the most: period >= max(offsets)
    ONCE: 0,
    ...rolled,
  },
  workgroups: recurrenceWorkgroups,
  flops: recurrenceFlops,
});
