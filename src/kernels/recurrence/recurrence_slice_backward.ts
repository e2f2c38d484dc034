import { CHUNK, perStep } from './per_step.js';
import { defineKernel } from '../descriptor.js';
import { recurrenceBindings } from './recurrence_parts.js';
import {
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
    ...recurrenceBindings,
    states: { access: 'read', type: 'REAL', ...perStep('directions', 'state_stride') },
    d_outputs: { access: 'read', type: 'REAL', ...perStep('directions', 'units') },
    carry: {
      access: 'read_write',
      type: 'f32',
      shape: ['planes', 'rows', 'directions', 'units'],
      effect: 'updates',
    },
    scores: sliceScores,
  },
  uniforms: { ...sliceUniforms, planes: 'u32', ring: 'u32' },
  constants: { LANES: 32, UNITS: 64 },
  defines: { ...sliceDefines, CHUNK },
  workgroups: sliceWorkgroups,
  flops: sliceFlops,
});
