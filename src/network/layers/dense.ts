import { z } from 'zod';
import type { LayerConfig } from '../../core/config.js';
import { object } from '../../core/schema.js';
import { dense as denseOnnx, parameter } from '../../onnx/weights.js';
import { modelFields } from '../fields.js';
import { denseGradients } from '../gradients.js';
import { denseMatmul } from '../matmul.js';
import { plainRow } from '../rows.js';
import { droppedInput, inputGradient } from './input.js';
import type { LayerKind } from './layer.js';

type Dense = Extract<LayerConfig, { kind: 'dense' }>;

/** out = dropout(ReLU(W x + b)), step by step. */
export const dense: LayerKind<Dense> = {
  schema: object({ kind: z.literal('dense'), units: modelFields.units }),

  drops: true,

  output: ({ units }) => plainRow(units),

  parameters: (layout, { name, units }, input) => layout.dense(name, units, input),

  onnx(graph, { name, units }, parameters, { x, time }) {
    const of = (own: string) => parameter(parameters, `${name}.${own}`);
    const sum = denseOnnx(graph, name, x, of('weight'), of('bias'));
    return { x: graph.node(`${name}.output`, 'Relu', [sum]), width: units, time };
  },

  build(net, { config: { name }, output: row, dropout }, input) {
    const { time } = input;
    const a = droppedInput(net, name, input);
    const out = net.activation(name, [time.capacity, row.stride]);
    denseMatmul(net, name, {
      part: 'dense',
      form: 'nt',
      over: time.steps,
      a,
      weight: `${name}.weight`,
      bias: net.parameter(`${name}.bias`),
      out,
      n: row.stride,
      k: input.row.stride,
      relu: true,
      dropout: net.dropout ? { layer: dropout, positions: time.positions } : undefined,
    });
    return {
      output: { tensor: out, row, time, differentiable: true, gate: out },
      backward(dOutput) {
        denseGradients(net, name, dOutput, row.stride, a, input.row.stride, time.steps);
        return inputGradient(net, name, input, dOutput, `${name}.weight`, row.stride);
      },
    };
  },
};
