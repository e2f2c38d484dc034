import { defineKernel } from '../descriptor.js';
import { backwardBindings, recurrenceFlops } from './recurrence_parts.js';
import {
  cooperativeDefines,
  cooperativeUniforms,
  cooperativeWorkgroups,
} from './recurrence_cooperative.js';
import { sliceCarry } from './recurrence_slice.js';

export const recurrenceCooperativeBackward = defineKernel({
  name: 'recurrence_cooperative_backward',
  equation: 'gradient of Eq. 3-12 over time, by workgroups that wait for each other',
  bindings: {
    ...backwardBindings,
    carry: sliceCarry,
    exchange: {
      access: 'read_write',
      type: 'atomic<u32>',
      shape: ['words'],
      effect: 'updates',
    },
  },
  uniforms: { ...cooperativeUniforms, planes: 'u32', ring: 'u32' },
  constants: { LANES: 32, UNITS: 64 },
  defines: { ...cooperativeDefines, SLICES: 16, LANE_ROWS: 4, PARTS: 2, SPLIT: 1, KEPT: 2 },
  workgroups: cooperativeWorkgroups,
  flops: recurrenceFlops,
});
