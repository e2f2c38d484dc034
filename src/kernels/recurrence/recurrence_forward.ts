import { defineKernel } from '../descriptor.js';
import { rolled, rowDefines } from './recurrence_loops.js';
import {
  cellDefines,
  forwardBindings,
  recurrenceFlops,
  recurrenceUniforms,
  recurrenceWorkgroups,
} from './recurrence_parts.js';

export const recurrenceForward = defineKernel({
  name: 'recurrence_forward',
  equation: 'the cell over time, Eq. 3-12',
  bindings: {
    ...forwardBindings,
  },
  uniforms: {
    ...recurrenceUniforms,
    tile_rows: 'u32',
    block: 'u32',
  },
  constants: { LANES: 32, UNITS: 64 },
  defines: {
    ...cellDefines,
    ...rowDefines(8, 1),
    UNITS_PER_LANE: 2,
    BLOCK: 1,
    ...rolled,
  },
  workgroups: recurrenceWorkgroups,
  flops: recurrenceFlops,
});
