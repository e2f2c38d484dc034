import { defineKernel } from '../descriptor.js';
import { forwardBindings, recurrenceFlops } from './recurrence_parts.js';
import {
  cooperativeDefines,
  cooperativeUniforms,
  cooperativeWorkgroups,
} from './recurrence_cooperative.js';

export const recurrenceCooperativeForward = defineKernel({
  name: 'recurrence_cooperative_forward',
  equation: 'the cell over time, Eq. 3-12, by workgroups that wait for each other',
  bindings: {
    ...forwardBindings,
    exchange: {
      access: 'read_write',
      type: 'atomic<u32>',
      shape: ['words'],
      effect: 'updates',
    },
  },
  uniforms: cooperativeUniforms,
  constants: { LANES: 32, UNITS: 64 },
  defines: { ...cooperativeDefines, LANE_QUADS: 1, KEPT: 8, BATCH: 2 },
  workgroups: cooperativeWorkgroups,
  flops: recurrenceFlops,
});
