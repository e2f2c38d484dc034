import { defineKernel, flatGroups } from '../descriptor.js';
import { anyHead } from './head_places.js';

export const headOutputGradients = defineKernel({
  name: 'head_output_gradients',
  equation: 'd W += d_logits^T input, d b += sum of d_logits of all heads with the same inputs',
  bindings: {
    d_logits: { access: 'read', type: 'f32', shape: ['rows', 'columns'] },
    input: { access: 'read', type: 'vec4<f32>', shape: ['rows', 'inputs'] },
    d_layer: { access: 'read_write', type: 'vec4<f32>', shape: ['size'], effect: 'accumulates' },
  },
  uniforms: { rows: 'u32', inputs: 'u32', columns: 'u32', size: 'u32' },
  constants: { LANES: 64 },
  defines: anyHead,
  workgroups: ({ size = 0 }, { LANES = 64 }) => flatGroups(size / 4, LANES),
  flops: ({ rows = 0, size = 0, columns = 0 }) => 2 * rows * (size - columns),
});
