import { defineKernel, flatGroups } from '../descriptor.js';
import { anyHead } from './head_places.js';

export const headOutputsBackward = defineKernel({
  name: 'head_outputs_backward',
  equation:
    "d_input = factor * d_logits W of all heads with the same layer of inputs, through that layer's ReLU and dropout",
  bindings: {
    d_logits: { access: 'read', type: 'vec4<f32>', shape: ['rows', 'columns'] },
    layer: { access: 'read', type: 'vec4<f32>', shape: ['size'] },
    input: { access: 'read', type: 'vec4<f32>', shape: ['rows', 'inputs'], when: 'GATED' },
    d_input: { access: 'read_write', type: 'vec4<f32>', shape: ['rows', 'inputs'] },
  },
  uniforms: {
    rows: 'u32',
    inputs: 'u32',
    columns: 'u32',
    size: 'u32',
    accumulate: 'u32',
    scale: 'f32',
  },
  constants: { LANES: 64 },
  defines: { ...anyHead, GATED: 0 },
  workgroups: ({ rows = 0, inputs = 0 }, { LANES = 64 }) => flatGroups((rows * inputs) / 4, LANES),
  flops: ({ rows = 0, size = 0, columns = 0 }) => 2 * rows * (size - columns),
});
