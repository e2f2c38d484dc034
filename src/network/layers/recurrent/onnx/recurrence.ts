import { cellTraits, stateCount } from '../../../../core/cells.js';
import { directionsOf, type RecurrentLayer } from '../../../../core/layers.js';
import { addCellConstants, gruStep, inputBias, lstmStep } from './cell.js';
import {
  addCombinationConstants,
  addSchedule,
  combine,
  combines,
  type CombinationSchedule,
} from './combination.js';
import type { GraphBuilder } from '../../../../onnx/graph-builder.js';
import type { OnnxGraph } from '../../../../onnx/file.js';
import { dense, parameter, type Parameters } from '../../../../onnx/weights.js';

/** Inputs of the recurrent layer in the graph. */
export interface RecurrentInputs {
  /** [B, T, U] */
  readonly x: string;
  /** Valid frames of each row, [B] int64. */
  readonly lengths: string;
  /** B, shape [1]. */
  readonly batch: string;
  /** T, a scalar. */
  readonly frames: string;
}

/** Reverses the valid frames of each row; applied twice it restores them. */
const reversal = { batch_axis: 0, time_axis: 1 };

/**
 * The recurrent layer: one Scan over the frames, all directions side by side along an axis N. Steps past
 * a row's length come after its valid ones in each direction, so they do not affect those.
 *
 * @returns [B, T, D]; values past a row's length are undefined
 */
export function addRecurrence(
  graph: GraphBuilder,
  config: RecurrentLayer,
  parameters: Parameters,
  { x, lengths, batch, frames }: RecurrentInputs,
): string {
  const directions = directionsOf(config);
  const { name: layer } = config;
  const of = (name: string) => parameter(parameters, name);
  const projected = directions.map((direction) => {
    const name = `${layer}.${direction}`;
    const own =
      direction === 'forward'
        ? x
        : graph.node(`${name}.reversed`, 'ReverseSequence', [x, lengths], reversal);
    const bias = inputBias(config, of(`${name}.bias`));
    const sum = dense(graph, `${name}.input`, own, of(`${name}.weight_ih`), bias);
    return graph.unsqueeze(`${name}.gates`, sum, [0]);
  });
  const byDirection = graph.node(`${layer}.gates`, 'Concat', projected, { axis: 0 });
  // [N, B, T, gates H] → [T, N, B, gates H]
  const byStep = graph.node(`${layer}.steps`, 'Transpose', [byDirection], { perm: [2, 0, 1, 3] });

  addCellConstants(graph, config, parameters, directions);
  const schedule = combines(config) ? addSchedule(graph, config, frames) : undefined;
  if (schedule) addCombinationConstants(graph, config, parameters, directions);

  const start = graph.node(`${layer}.start`, 'ConstantOfShape', [
    graph.node(
      `${layer}.start.shape`,
      'Concat',
      [
        graph.integers(`${layer}.directions`, [directions.length]),
        batch,
        graph.integers(`${layer}.units`, [config.units]),
      ],
      { axis: 0 },
    ),
  ]);
  const kinds = stateCount(config.cell);
  const states = Array<string>(kinds).fill(start);
  const sequences = [byStep];
  if (schedule) {
    const none = addNoPast(graph, layer, Math.max(...config.offsets) - 1);
    states.push(...Array<string>(kinds).fill(none));
    sequences.push(schedule.combining, schedule.shares);
  }
  const finals = states.map((_, i) => `${layer}.final.${i}`);
  graph.nodes([...finals, `${layer}.outputs`], 'Scan', [...states, ...sequences], {
    num_scan_inputs: sequences.length,
    body: stepOf(graph, config, directions.length, schedule),
  });

  // [T, N, B, H] → [N, B, T, H]
  const byRow = graph.node(`${layer}.rows`, 'Transpose', [`${layer}.outputs`], {
    perm: [1, 2, 0, 3],
  });
  const inOrder = directions.map((direction, d) => {
    const own = graph.entry(`${layer}.${direction}.steps`, byRow, d);
    if (direction === 'forward') return own;
    return graph.node(`${layer}.${direction}.output`, 'ReverseSequence', [own, lengths], reversal);
  });
  return graph.node(`${layer}.output`, 'Concat', inOrder, { axis: 2 });
}

/** Zeros [steps, N, B, H]: states before the first step, which are never used. */
function addNoPast(graph: GraphBuilder, layer: string, steps: number): string {
  const inputs = [graph.integers(`${layer}.past.steps`, [steps]), `${layer}.start.shape`];
  const shape = graph.node(`${layer}.past.shape`, 'Concat', inputs, { axis: 0 });
  return graph.node(`${layer}.past`, 'ConstantOfShape', [shape]);
}

/**
 * One step of all directions and rows (Eq. 3-12). States: h', for an LSTM C' [N, B, H], and, if states are
 * combined, the raw h and C of earlier steps; then the step's gates and its entries of the schedule.
 */
function stepOf(
  graph: GraphBuilder,
  config: RecurrentLayer,
  N: number,
  schedule: CombinationSchedule | undefined,
): OnnxGraph {
  const body = graph.body();
  const { name: layer, cell, units, offsets } = config;
  const { kind, gates } = cellTraits(cell);
  const stateShape = [N, 'batch', units];
  const pastShape = [Math.max(...offsets) - 1, ...stateShape];
  const value = (name: string, shape: readonly (number | string)[]) =>
    ({ name, type: 'float32', shape }) as const;

  const hBefore = body.input(value(`${layer}.step.h_before`, stateShape));
  const cBefore =
    kind === 'lstm' ? body.input(value(`${layer}.step.c_before`, stateShape)) : undefined;
  const pasts = schedule && {
    h: body.input(value(`${layer}.step.past_h`, pastShape)),
    C: cBefore === undefined ? '' : body.input(value(`${layer}.step.past_c`, pastShape)),
  };
  const input = body.input(value(`${layer}.step.input`, [N, 'batch', gates.length * units]));
  const combining = schedule && {
    combining: body.input({ name: `${layer}.step.combining`, type: 'bool', shape: [] }),
    shares: body.unsqueeze(
      `${layer}.step.shares`,
      body.input(value(`${layer}.step.shares_flat`, [offsets.length])),
      [1, 2, 3],
    ),
  };
  const goOn = (name: 'C' | 'h', current: string) =>
    pasts && combining
      ? combine(body, config, `${layer}.step.${name}`, { current, past: pasts[name], ...combining })
      : { state: current, past: undefined };

  const step =
    cBefore === undefined
      ? gruStep(body, layer, input, hBefore)
      : lstmStep(body, layer, input, [hBefore, cBefore]);
  const memory = cBefore === undefined ? undefined : goOn('C', step.state);
  const hidden = goOn('h', step.output(memory?.state ?? step.state));
  const kinds = memory ? [hidden, memory] : [hidden];
  for (const { state } of kinds) body.output(value(state, stateShape));
  for (const { past } of kinds) if (past !== undefined) body.output(value(past, pastShape));
  // A value may be an output only once: it is needed as a state, and again as this frame's output.
  body.output(value(body.node(`${layer}.step.output`, 'Identity', [hidden.state]), stateShape));
  return body.build(`${layer}.step`);
}
