import type { FunctionalsConfig } from '../core/config.js';
import { functionalCount } from '../core/functionals.js';
import { functionals as functionalsKernel } from '../kernels/frames/functionals.js';
import { gateColumns } from '../kernels/pooling/gate_columns.js';
import { joinColumns } from '../kernels/pooling/join_columns.js';
import { pad4 } from '../kernels/descriptor.js';
import type { Tensor } from '../graph/types.js';
import { augmentFunctionals } from './augment.js';
import type { NetworkContext } from './context.js';
import { denseGradients } from './gradients.js';
import { dropoutLayers } from './layers/index.js';
import type { Sequence } from './layers/layer.js';
import { denseMatmul } from './matmul.js';

/** The tensor of functionals, [utterances, padded 8F + 1]: an input where a batch has to give them. */
export const FUNCTIONALS = 'functionals';

export interface BuiltFunctionals {
  /** The pooled vector, and behind it dropout(ReLU(W x + b)) of the functionals x: [utterances, stride]. */
  readonly joined: Tensor;
  /**
   * Adds the gradients of the dense layer; there is none of the functionals.
   *
   * @param dJoined of `joined`
   */
  readonly backward: (dJoined: Tensor) => void;
}

/**
 * Adds the branch for functionals of the utterance.
 *
 * @param frames what the network receives
 * @param pooled [utterances, width]
 */
export function buildFunctionals(
  net: NetworkContext,
  { units, scope }: FunctionalsConfig,
  frames: Sequence,
  pooled: Tensor,
  width: number,
): BuiltFunctionals {
  const { builder, model } = net;
  const { utterances } = net.capacity;
  const inputs = pad4(functionalCount(model.features));
  const kind = scope === 'functionals' ? 'input' : 'transient';
  const own = net.computed?.functionals ?? builder.tensor(FUNCTIONALS, [utterances, inputs], kind);
  const x = scope === 'functionals' && net.augmented ? augmentFunctionals(net, own) : own;
  if (scope === 'frames') {
    const { tensor, row, time } = frames;
    builder.dispatch('functionals', functionalsKernel, {
      bindings: { features: tensor, sequences: time.sequences, out: own },
      uniforms: {
        rows: 'utterances',
        frames: time.steps,
        width: row.stride,
        dimensions: model.features,
        out_width: inputs,
      },
    });
  }
  const outputs = pad4(units);
  const out = builder.tensor('functionals.hidden', [utterances, outputs]);
  const dropout = { layer: dropoutLayers(model) + model.heads.length };
  denseMatmul(net, 'functionals.hidden', {
    part: 'heads',
    form: 'nt',
    over: 'utterances',
    a: x,
    weight: 'functionals.weight',
    bias: net.parameter('functionals.bias'),
    out,
    n: outputs,
    k: inputs,
    relu: true,
    dropout: net.dropout ? { ...dropout, positions: net.rowPositions } : undefined,
  });
  const stride = width + outputs;
  const joined = builder.tensor('heads.input', [utterances, stride]);
  builder.dispatch('heads.input', joinColumns, {
    bindings: { a: pooled, b: out, out: joined },
    uniforms: { rows: 'utterances', a_width: width, b_width: outputs, width: stride },
  });
  return {
    joined,
    backward(dJoined) {
      const dSums = builder.tensor('d_functionals.hidden', [utterances, outputs]);
      const scale = net.dropout ? 1 / (1 - model.dropout) : 1;
      builder.dispatch('d functionals.hidden', gateColumns, {
        bindings: { d_out: dJoined, layer_output: out, d_sums: dSums },
        uniforms: { rows: 'utterances', width: outputs, stride, first: width, scale },
      });
      denseGradients(net, 'functionals', dSums, outputs, x, inputs, 'utterances');
    },
  };
}
