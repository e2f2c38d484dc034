import { z } from 'zod';
import type { LayerConfig } from '../../core/config.js';
import { object } from '../../core/schema.js';
import { subsample as subsampleKernel } from '../../kernels/frames/subsample.js';
import { subsampleBackward } from '../../kernels/frames/subsample_backward.js';
import { modelFields } from '../fields.js';
import { joinedRows } from '../rows.js';
import { droppedInput } from './input.js';
import type { LayerKind } from './layer.js';
import { subsampleOnnx } from './subsample-onnx.js';

type Subsample = Extract<LayerConfig, { kind: 'subsample' }>;

/** Merges every `by` steps of an utterance into one: their mean or concatenation. */
export const subsample: LayerKind<Subsample> = {
  schema: object({ kind: z.literal('subsample'), by: modelFields.by, how: modelFields.how }),

  drops: false,

  output: ({ by, how }, input) => (how === 'mean' ? input : joinedRows(by, input)),

  by: ({ by }) => by,

  parameters() {
    // it has none
  },

  onnx: (graph, config, _parameters, input) => subsampleOnnx(graph, config, input),

  build(net, { config, output: row, axes }, input) {
    const { name, by, how } = config;
    if (by === 1) {
      return { output: input, backward: (dOutput) => (input.differentiable ? dOutput : undefined) };
    }
    const time = net.time(axes[1]);
    const values = droppedInput(net, name, input);
    const { dtype } = values;
    const out = net.builder.tensor(name, [time.capacity, row.stride], 'transient', dtype);
    const uniforms = {
      rows: 'utterances',
      steps: input.time.steps,
      groups: time.steps,
      width: input.row.stride,
      out_width: row.stride,
      by,
    } as const;
    const MEAN = how === 'mean' ? 1 : 0;
    net.builder.dispatch(name, subsampleKernel, {
      bindings: { values, sequences: input.time.sequences, positions: time.positions, out },
      uniforms,
      defines: { MEAN, REAL: dtype },
    });
    return {
      output: { tensor: out, row, time, differentiable: input.differentiable },
      backward(dOutput) {
        const { differentiable, dropout, gate } = input;
        if (!differentiable) return undefined;
        const dValues = net.activation(`d_${name}.input`, [input.time.capacity, input.row.stride]);
        net.builder.dispatch(`d ${name}: input`, subsampleBackward, {
          bindings: {
            d_out: dOutput,
            sequences: time.sequences,
            positions: input.time.positions,
            ...(gate && { layer_output: gate }),
            d_values: dValues,
          },
          uniforms: { ...uniforms, ...net.dropoutUniforms(dropout ?? 0) },
          defines: {
            MEAN,
            DROPOUT: net.dropout && dropout !== undefined ? 1 : 0,
            GATED: gate ? 1 : 0,
            REAL: dOutput.dtype,
          },
        });
        return dValues;
      },
    };
  },
};
