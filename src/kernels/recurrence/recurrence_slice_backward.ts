import { CHUNK } from './per_step.js';
import { defineKernel } from '../descriptor.js';
import { backwardBindings } from './recurrence_parts.js';
import {
  sliceCarry,
  sliceDefines,
  sliceFlops,
  sliceScores,
  sliceUniforms,
  sliceWorkgroups,
} from './recurrence_slice.js';

export const recurrenceSliceBackward = defineKernel({
  name: 'recurrence_slice_backward',
  equation: 'gradient of Eq. 3-12 over time, cut by units',
  bindings: {
    ...backwardBindings,
    carry: sliceCarry,
    scores: sliceScores,
  },
  uniforms: { ...sliceUniforms, planes: 'u32', ring: 'u32' },
  constants: { LANES: 32, UNITS: 64 },
  defines: { ...sliceDefines, CHUNK },
  workgroups: sliceWorkgroups,
  flops: sliceFlops,
});
