import { cellTraits } from '../../../../core/cells.js';
import type { RecurrentConfig } from '../../../../core/config.js';
import type { RecurrentLayer } from '../../../../core/layers.js';
import type { HostTensor } from '../../../../core/tensor.js';
import type { GraphBuilder } from '../../../../onnx/graph-builder.js';
import { parameter, type Parameters, stacked, transposed } from '../../../../onnx/weights.js';

/** Result of a step: C (Eq. 6, 7) if the cell has one, and its output. */
export interface CellStep {
  /** The raw state of the step, [N, B, H]. */
  readonly state: string;
  /** h from the combined state (Eq. 10). */
  output(state: string): string;
}

/** The part of `bias` [4H] that is added to W_ih x: all of it, or all except what a GRU's r acts on. */
export function inputBias({ cell, units }: RecurrentConfig, bias: HostTensor): HostTensor {
  const rows = cellTraits(cell).gates.length * units;
  return { shape: [rows], data: bias.data.slice(0, rows) };
}

/** Constants that every step uses; they are in the graph around the steps. */
export function addCellConstants(
  graph: GraphBuilder,
  { name, cell, units }: RecurrentLayer,
  parameters: Parameters,
  directions: readonly string[],
): void {
  const { kind, gates } = cellTraits(cell);
  const of = (own: string) =>
    directions.map((direction) => parameter(parameters, `${name}.${direction}.${own}`));
  // [N, H, gates H]
  graph.floats(`${name}.weight_hh`, stacked(of('weight_hh').map(transposed)));
  graph.integers(`${name}.split`, Array<number>(gates.length).fill(units));
  if (kind === 'lstm') return;
  const inner = of('bias').map(({ data }) => ({ shape: [1, units], data: data.slice(3 * units) }));
  graph.floats(`${name}.bias_hn`, stacked(inner)); // [N, 1, H]
  graph.float(`${name}.one`, 1);
}

/**
 * i, f, g, o and C (Eq. 3-7) of all directions and rows.
 *
 * @param layer name of the layer
 * @param input the step's W_ih x + b, [N, B, 4H]
 * @param before h' and C' of the previous step, [N, B, H]
 */
export function lstmStep(
  body: GraphBuilder,
  layer: string,
  input: string,
  before: [h: string, c: string],
): CellStep {
  const fromState = body.node(`${layer}.step.recurrent`, 'MatMul', [
    before[0],
    `${layer}.weight_hh`,
  ]);
  const gates = body.node(`${layer}.step.gates`, 'Add', [input, fromState]);
  const parts = [
    `${layer}.step.i_sum`,
    `${layer}.step.f_sum`,
    `${layer}.step.g_sum`,
    `${layer}.step.o_sum`,
  ];
  body.nodes(parts, 'Split', [gates, `${layer}.split`], { axis: 2 });
  const i = body.node(`${layer}.step.i`, 'Sigmoid', [`${layer}.step.i_sum`]);
  const f = body.node(`${layer}.step.f`, 'Sigmoid', [`${layer}.step.f_sum`]);
  const g = body.node(`${layer}.step.g`, 'Tanh', [`${layer}.step.g_sum`]);
  const o = body.node(`${layer}.step.o`, 'Sigmoid', [`${layer}.step.o_sum`]);
  const state = body.node(`${layer}.step.c`, 'Add', [
    body.node(`${layer}.step.kept`, 'Mul', [f, before[1]]),
    body.node(`${layer}.step.added`, 'Mul', [i, g]),
  ]);
  return {
    state,
    output: (c) =>
      body.node(`${layer}.step.h_raw`, 'Mul', [
        o,
        body.node(`${layer}.step.squashed`, 'Tanh', [c]),
      ]),
  };
}

/**
 * r, z, n and h of all directions and rows, as in torch.nn.GRU.
 *
 * @param layer name of the layer
 * @param input the step's W_ih x + b, [N, B, 3H]
 * @param before h' of the previous step, [N, B, H]
 */
export function gruStep(
  body: GraphBuilder,
  layer: string,
  input: string,
  before: string,
): CellStep {
  const product = body.node(`${layer}.step.recurrent`, 'MatMul', [before, `${layer}.weight_hh`]);
  const split = (name: string, of: string): [string, string, string] => {
    const parts: [string, string, string] = [
      `${layer}.step.${name}_r`,
      `${layer}.step.${name}_z`,
      `${layer}.step.${name}_n`,
    ];
    body.nodes(parts, 'Split', [of, `${layer}.split`], { axis: 2 });
    return parts;
  };
  const [xr, xz, xn] = split('x', input);
  const [hr, hz, hn] = split('h', product);
  const r = body.node(`${layer}.step.r`, 'Sigmoid', [
    body.node(`${layer}.step.r_sum`, 'Add', [xr, hr]),
  ]);
  const z = body.node(`${layer}.step.z`, 'Sigmoid', [
    body.node(`${layer}.step.z_sum`, 'Add', [xz, hz]),
  ]);
  const inner = body.node(`${layer}.step.inner`, 'Add', [hn, `${layer}.bias_hn`]);
  const reset = body.node(`${layer}.step.reset`, 'Mul', [r, inner]);
  const n = body.node(`${layer}.step.n`, 'Tanh', [
    body.node(`${layer}.step.n_sum`, 'Add', [xn, reset]),
  ]);
  const fresh = body.node(`${layer}.step.fresh`, 'Sub', [`${layer}.one`, z]);
  const state = body.node(`${layer}.step.h_raw`, 'Add', [
    body.node(`${layer}.step.added`, 'Mul', [fresh, n]),
    body.node(`${layer}.step.kept`, 'Mul', [z, before]),
  ]);
  return { state, output: (h) => h };
}
