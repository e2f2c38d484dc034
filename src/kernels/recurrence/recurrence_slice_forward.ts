import { defineKernel } from '../descriptor.js';
import { forwardBindings } from './recurrence_parts.js';
import {
  sliceDefines,
  sliceFlops,
  sliceScores,
  sliceUniforms,
  sliceWorkgroups,
} from './recurrence_slice.js';

export const recurrenceSliceForward = defineKernel({
  name: 'recurrence_slice_forward',
  equation: 'the cell over time, Eq. 3-12, cut by units',
  bindings: {
    ...forwardBindings,
    scores: sliceScores,
  },
  uniforms: sliceUniforms,
  constants: { LANES: 32, UNITS: 64 },
  defines: sliceDefines,
  workgroups: sliceWorkgroups,
  flops: sliceFlops,
});
