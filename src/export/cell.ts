import { cellTraits } from '../core/cells.js';
import type { RecurrentConfig } from '../core/config.js';
import type { HostTensor } from '../core/tensor.js';
import type { GraphBuilder } from './graph-builder.js';
import { parameter, type Parameters, stacked, transposed } from './weights.js';

/** What goes on from a step: C (Eq. 6, 7) where the cell has one, and what comes out of it. */
export interface CellStep {
  /** The raw state of the step, [N, B, H]. */
  readonly state: string;
  /** h from the state that goes on (Eq. 10). */
  output(state: string): string;
}

/** The part of `bias` [4H] that stands beside W_ih: all of it, or all but what a GRU's r acts on. */
export function inputBias({ cell, units }: RecurrentConfig, bias: HostTensor): HostTensor {
  const rows = cellTraits(cell).gates.length * units;
  return { shape: [rows], data: bias.data.slice(0, rows) };
}

/** Constants that every step uses; they stand in the graph around the steps. */
export function addCellConstants(
  graph: GraphBuilder,
  { cell, units }: RecurrentConfig,
  parameters: Parameters,
  directions: readonly string[],
): void {
  const { kind, gates } = cellTraits(cell);
  const of = (name: string) =>
    directions.map((direction) => parameter(parameters, `recurrent.${direction}.${name}`));
  // [N, H, gates H]
  graph.floats('recurrent.weight_hh', stacked(of('weight_hh').map(transposed)));
  graph.integers('recurrent.split', Array<number>(gates.length).fill(units));
  if (kind === 'lstm') return;
  const inner = of('bias').map(({ data }) => ({ shape: [1, units], data: data.slice(3 * units) }));
  graph.floats('recurrent.bias_hn', stacked(inner)); // [N, 1, H]
  graph.float('recurrent.one', 1);
}

/**
 * i, f, g, o and C (Eq. 3-7) of all directions and rows.
 *
 * @param input the step's W_ih x + b, [N, B, 4H]
 * @param before h' and C' of the step before, [N, B, H]
 */
export function lstmStep(
  body: GraphBuilder,
  input: string,
  before: [h: string, c: string],
): CellStep {
  const fromState = body.node('step.recurrent', 'MatMul', [before[0], 'recurrent.weight_hh']);
  const gates = body.node('step.gates', 'Add', [input, fromState]);
  const parts = ['step.i_sum', 'step.f_sum', 'step.g_sum', 'step.o_sum'];
  body.nodes(parts, 'Split', [gates, 'recurrent.split'], { axis: 2 });
  const i = body.node('step.i', 'Sigmoid', ['step.i_sum']);
  const f = body.node('step.f', 'Sigmoid', ['step.f_sum']);
  const g = body.node('step.g', 'Tanh', ['step.g_sum']);
  const o = body.node('step.o', 'Sigmoid', ['step.o_sum']);
  const state = body.node('step.c', 'Add', [
    body.node('step.kept', 'Mul', [f, before[1]]),
    body.node('step.added', 'Mul', [i, g]),
  ]);
  return {
    state,
    output: (c) => body.node('step.h_raw', 'Mul', [o, body.node('step.squashed', 'Tanh', [c])]),
  };
}

/**
 * r, z, n and h of all directions and rows, as torch.nn.GRU has them.
 *
 * @param input the step's W_ih x + b, [N, B, 3H]
 * @param before h' of the step before, [N, B, H]
 */
export function gruStep(body: GraphBuilder, input: string, before: string): CellStep {
  const product = body.node('step.recurrent', 'MatMul', [before, 'recurrent.weight_hh']);
  const split = (name: string, of: string): [string, string, string] => {
    const parts: [string, string, string] = [`step.${name}_r`, `step.${name}_z`, `step.${name}_n`];
    body.nodes(parts, 'Split', [of, 'recurrent.split'], { axis: 2 });
    return parts;
  };
  const [xr, xz, xn] = split('x', input);
  const [hr, hz, hn] = split('h', product);
  const r = body.node('step.r', 'Sigmoid', [body.node('step.r_sum', 'Add', [xr, hr])]);
  const z = body.node('step.z', 'Sigmoid', [body.node('step.z_sum', 'Add', [xz, hz])]);
  const inner = body.node('step.inner', 'Add', [hn, 'recurrent.bias_hn']);
  const reset = body.node('step.reset', 'Mul', [r, inner]);
  const n = body.node('step.n', 'Tanh', [body.node('step.n_sum', 'Add', [xn, reset])]);
  const fresh = body.node('step.fresh', 'Sub', ['recurrent.one', z]);
  const state = body.node('step.h_raw', 'Add', [
    body.node('step.added', 'Mul', [fresh, n]),
    body.node('step.kept', 'Mul', [z, before]),
  ]);
  return { state, output: (h) => h };
}
