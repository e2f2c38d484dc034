import { columnSums } from '../kernels/column_sums.js';
import { matmulNn } from '../kernels/matmul_nn.js';
import { matmulTn } from '../kernels/matmul_tn.js';
import { reducePartials } from '../kernels/reduce_partials.js';
import type { Quantity, Tensor } from '../graph/types.js';
import type { NetworkContext } from './context.js';

/** Most slices that a sum over frames is cut into. */
const MOST_SLICES = 64;

/** Slices of a sum over frames for an output of `groups` workgroups; by the plan and sizes alone. */
function slicesFor(net: NetworkContext, groups: number): number {
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
    bindings: { partial, out },
    uniforms: { size, slices },
  });
}

export interface ProductSide {
  readonly tensor: Tensor;
  readonly stride: number;
  readonly first: number;
}

/** Adds a^T b over all rows to a gradient: the weight gradient of a layer. */
export function weightGradient(
  net: NetworkContext,
  name: string,
  a: ProductSide & { readonly columns: number },
  b: ProductSide & { readonly columns: number },
  rows: Quantity,
  gradient: Tensor,
  /** h' of the step before, in this direction, instead of row r of a. */
  previous?: { readonly direction: number },
): void {
  const { rowLanes, columnLanes } = net.plan.matmul;
  const groups = Math.ceil(a.columns / (8 * rowLanes)) * Math.ceil(b.columns / (8 * columnLanes));
  const slices = slicesFor(net, groups);
  const partial = net.builder.tensor(`${name}.partial`, [slices, a.columns, b.columns]);
  net.builder.dispatch(name, matmulTn, {
    bindings: {
      a: a.tensor,
      b: b.tensor,
      out: partial,
      ...(previous && { places: net.input('places') }),
    },
    uniforms: {
      rows,
      m: a.columns,
      n: b.columns,
      a_stride: a.stride,
      a_first: a.first,
      b_stride: b.stride,
      b_first: b.first,
      slices,
      direction: previous?.direction ?? 0,
    },
    defines: { PREVIOUS: previous ? 1 : 0 },
    constants: net.matmulConstants,
  });
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
  const slices = slicesFor(net, Math.ceil(columns / 256));
  const partial = net.builder.tensor(`${name}.partial`, [slices, columns]);
  net.builder.dispatch(name, columnSums, {
    bindings: { a, out: partial },
    uniforms: { rows, columns, slices, threshold: 0, scale: 1, stream_0: 0, stream_1: 0 },
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

/** Gradient of a layer's input: dOut W, through the ReLU and dropout of `gate` where it is given. */
export function inputGradient(
  net: NetworkContext,
  name: string,
  dOut: Tensor,
  weight: Tensor,
  out: Tensor,
  size: { m: Quantity; n: number; k: number },
  options: { gate?: Tensor | undefined; accumulate?: boolean } = {},
): void {
  const { gate, accumulate = false } = options;
  net.builder.dispatch(name, matmulNn, {
    bindings: { a: dOut, b: weight, out, ...(gate && { layer_output: gate }) },
    uniforms: {
      ...size,
      accumulate: accumulate ? 1 : 0,
      scale: net.dropout ? 1 / (1 - net.model.dropout) : 1,
    },
    defines: { GATED: gate ? 1 : 0 },
    constants: net.matmulConstants,
  });
}
