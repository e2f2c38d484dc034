import { columnSums } from '../kernels/reductions/column_sums.js';
import { reducePartials } from '../kernels/reductions/reduce_partials.js';
import type { Quantity, Tensor } from '../graph/types.js';
import type { NetworkContext } from './context.js';
import {
  matmulTile,
  weightGradientMatmul,
  weightGradientPlan,
  type MatmulOperand,
  type WeightGradientMatmul,
} from './matmul.js';

/** Most slices of a sum over frames. */
export const MOST_SLICES = 64;

/**
 * Slices of a sum over rows for an output of `groups` workgroups; depends only on the plan and sizes.
 * Utterances are few, so their sums are not split.
 */
function slicesFor(net: NetworkContext, rows: Quantity, groups: number): number {
  if (rows === 'utterances') return 1;
  return Math.max(1, Math.min(MOST_SLICES, Math.ceil(net.plan.gradientGroups / groups)));
}

/** Adds the sum of `partial`'s slices to `out`. */
export function reduceInto(
  net: NetworkContext,
  name: string,
  partial: Tensor,
  out: Tensor,
  size: number,
  slices: Quantity,
): void {
  net.builder.dispatch(`${name}: sum`, reducePartials, {
    part: 'weightGradient',
    bindings: { partial, out },
    uniforms: { size, slices },
  });
}

/** Adds a^T b over all rows to a gradient: the weight gradient of a layer. */
export function weightGradient(
  net: NetworkContext,
  name: string,
  a: MatmulOperand,
  b: MatmulOperand,
  rows: Quantity,
  gradient: Tensor,
  previous?: WeightGradientMatmul['previous'],
): void {
  const plan = weightGradientPlan(net, a, b);
  const tile = matmulTile(plan);
  const groups = Math.ceil(a.columns / tile.rows) * Math.ceil(b.columns / tile.columns);
  const slices = slicesFor(net, rows, groups);
  const partial = net.builder.tensor(`${name}.partial`, [slices, a.columns, b.columns]);
  weightGradientMatmul(net, name, { plan, a, b, rows, slices, partial, previous });
  reduceInto(net, name, partial, gradient, a.columns * b.columns, slices);
}

/** Adds the column sums of a to a gradient: the bias gradient of a layer. */
export function biasGradient(
  net: NetworkContext,
  name: string,
  a: Tensor,
  columns: number,
  rows: Quantity,
  gradient: Tensor,
): void {
  const slices = slicesFor(net, rows, Math.ceil(columns / 256));
  const partial = net.builder.tensor(`${name}.partial`, [slices, columns]);
  net.builder.dispatch(name, columnSums, {
    part: 'weightGradient',
    bindings: { a, out: partial },
    uniforms: { rows, columns, slices, threshold: 0, scale: 1, stream_0: 0, stream_1: 0 },
    defines: { REAL: a.dtype },
  });
  reduceInto(net, name, partial, gradient, columns, slices);
}

/** Weight and bias gradient of a dense layer with the parameters `name`. */
export function denseGradients(
  net: NetworkContext,
  name: string,
  dOut: Tensor,
  outputs: number,
  input: Tensor,
  inputs: number,
  rows: Quantity,
): void {
  weightGradient(
    net,
    `d ${name}.weight`,
    { tensor: dOut, stride: outputs, first: 0, columns: outputs },
    { tensor: input, stride: inputs, first: 0, columns: inputs },
    rows,
    net.gradient(`${name}.weight`),
  );
  biasGradient(net, `d ${name}.bias`, dOut, outputs, rows, net.gradient(`${name}.bias`));
}
