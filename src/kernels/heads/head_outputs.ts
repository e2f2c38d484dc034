import { defineKernel } from '../descriptor.js';
import { anyHead } from './head_places.js';

export const headOutputs = defineKernel({
  name: 'head_outputs',
  equation: 'logits = input W^T + b of all heads with the same layer of inputs',
  bindings: {
    input: { access: 'read', type: 'vec4<f32>', shape: ['rows', 'inputs'] },
    layer: { access: 'read', type: 'vec4<f32>', shape: ['size'] },
    logits: { access: 'read_write', type: 'vec4<f32>', shape: ['rows', 'columns'] },
  },
  uniforms: { rows: 'u32', inputs: 'u32', columns: 'u32', size: 'u32' },
  constants: { LANES: 64, SHARE: 64 },
  defines: anyHead,
  workgroups: ({ rows = 0, columns = 0 }, { LANES = 1, SHARE = 1 }) => [
    Math.ceil((columns / 4) * (SHARE / LANES)),
    rows,
    1,
  ],
  flops: ({ rows = 0, size = 0, columns = 0 }) => 2 * rows * (size - columns),
});
