import type { Tensor } from '../../graph/types.js';
import { stepDropout } from '../../kernels/frames/step_dropout.js';
import type { NetworkContext } from '../context.js';
import { denseMatmul } from '../matmul.js';
import type { Sequence } from './layer.js';

/** The tensor that a layer reads: its input, after a separate pass if dropout still has to be applied. */
export function droppedInput(net: NetworkContext, name: string, input: Sequence): Tensor {
  const { tensor, row, time, dropout } = input;
  if (dropout === undefined || !net.dropout) return tensor;
  const out = net.activation(`${name}.input`, [time.capacity, row.stride]);
  net.builder.dispatch(`${name}: dropout`, stepDropout, {
    bindings: { values: tensor, positions: time.positions, out },
    uniforms: { steps: time.steps, width: row.stride, ...net.dropoutUniforms(dropout) },
    defines: { REAL: tensor.dtype },
  });
  return out;
}

/**
 * Adds the matmul from a layer's gradient to that of its input, and on through the input's ReLU and dropout.
 *
 * @param dSums [steps, k] of W x
 * @param weight name of the parameter W [k, input]
 */
export function inputGradient(
  net: NetworkContext,
  name: string,
  { row, time, differentiable, dropout, gate }: Sequence,
  dSums: Tensor,
  weight: string,
  k: number,
): Tensor | undefined {
  if (!differentiable) return undefined;
  const out = net.activation(`d_${name}.input`, [time.capacity, row.stride]);
  denseMatmul(net, `d ${name}: input`, {
    part: 'inputGradient',
    form: 'nn',
    over: time.steps,
    a: dSums,
    weight,
    out,
    n: row.stride,
    k,
    gate,
    dropout:
      dropout !== undefined && net.dropout
        ? { layer: dropout, positions: time.positions }
        : undefined,
  });
  return out;
}
