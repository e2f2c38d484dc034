import { perStep } from './per_step.js';
import { defineKernel } from '../descriptor.js';
import { recurrenceBindings } from './recurrence_parts.js';
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
    ...recurrenceBindings,
    states: { access: 'read_write', type: 'REAL', ...perStep('directions', 'state_stride') },
    outputs: { access: 'read_write', type: 'REAL', ...perStep('directions', 'units') },
    scores: sliceScores,
  },
  uniforms: sliceUniforms,
  constants: { LANES: 32, UNITS: 64 },
  defines: sliceDefines,
  workgroups: sliceWorkgroups,
  flops: sliceFlops,
});
