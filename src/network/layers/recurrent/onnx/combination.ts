import { attendsToStates, combinesStates } from '../../../../core/cells.js';
import type { RecurrentConfig } from '../../../../core/config.js';
import type { RecurrentLayer } from '../../../../core/layers.js';
import { NEVER, type GraphBuilder } from '../../../../onnx/graph-builder.js';
import { parameter, type Parameters, stacked } from '../../../../onnx/weights.js';

/**
 * Whether states are ever combined. With a single offset of 1 the current state is used unchanged.
 */
export function combines({ cell, offsets }: RecurrentConfig): boolean {
  return combinesStates(cell) && Math.max(...offsets) > 1;
}

/** What a step needs besides its own states, as values of the graph; by step along the first axis. */
export interface CombinationSchedule {
  /** Whether the step combines, [T] bool. */
  readonly combining: string;
  /** By attention: added to each offset's score, [T, offsets]; equal: each offset's weight. */
  readonly shares: string;
}

/** Computes for all steps which states they combine: the same for all rows of a batch. */
export function addSchedule(
  graph: GraphBuilder,
  { name, cell, offsets, period }: RecurrentLayer,
  frames: string,
): CombinationSchedule {
  const one = graph.integers(`${name}.schedule.one`, 1);
  const last = graph.node(`${name}.schedule.end`, 'Add', [frames, one]);
  const counts = graph.node(`${name}.schedule.count`, 'Range', [one, last, one]); // s + 1
  const phase = graph.node(`${name}.schedule.phase`, 'Mod', [
    counts,
    graph.integers(`${name}.schedule.period`, period),
  ]);
  const due = graph.node(`${name}.schedule.due`, 'Equal', [
    phase,
    graph.integers(`${name}.schedule.zero`, 0),
  ]);
  const enough = graph.node(`${name}.schedule.enough`, 'GreaterOrEqual', [
    counts,
    graph.integers(`${name}.schedule.least`, Math.min(...offsets)),
  ]);
  const combining = graph.node(`${name}.schedule.combining`, 'And', [due, enough]);

  const reached = graph.node(`${name}.schedule.reached`, 'GreaterOrEqual', [
    graph.unsqueeze(`${name}.schedule.counts`, counts, [1]),
    graph.integers(`${name}.schedule.offsets`, offsets),
  ]);
  if (attendsToStates(cell)) {
    const shares = graph.node(`${name}.schedule.mask`, 'Where', [
      reached,
      graph.float(`${name}.schedule.open`, 0),
      graph.float(`${name}.schedule.never`, NEVER),
    ]);
    return { combining, shares };
  }
  const each = graph.node(`${name}.schedule.present`, 'Cast', [reached], { to: 1 });
  const axes = graph.integers(`${name}.schedule.axes`, [1]);
  const sum = graph.node(`${name}.schedule.sum`, 'ReduceSum', [each, axes], { keepdims: 1 });
  const size = graph.node(`${name}.schedule.size`, 'Max', [
    sum,
    graph.float(`${name}.schedule.some`, 1),
  ]);
  return { combining, shares: graph.node(`${name}.schedule.weights`, 'Div', [each, size]) };
}

/** Constants that every step uses; they are in the graph around the steps. */
export function addCombinationConstants(
  graph: GraphBuilder,
  { name, cell, offsets }: RecurrentLayer,
  parameters: Parameters,
  directions: readonly string[],
): void {
  graph.integers(
    `${name}.combine.chosen`,
    offsets.map((offset) => offset - 1),
  );
  graph.integers(`${name}.combine.from`, [0]);
  graph.integers(`${name}.combine.to`, [Math.max(...offsets) - 1]);
  graph.integers(`${name}.combine.axis`, [0]);
  if (!attendsToStates(cell)) return;
  const { shape, data } = stacked(
    directions.map((d) => parameter(parameters, `${name}.${d}.attention`)),
  );
  graph.floats(`${name}.combine.attention`, { shape: [...shape, 1], data }); // [N, H, 1]
}

/**
 * Eq. 8, 9 for C and Eq. 11, 12 for h, within a step.
 *
 * @param current the step's own state, [N, B, H]
 * @param past those of earlier steps, the latest first, [K - 1, N, B, H], K the largest offset
 * @param combining scalar bool
 * @param shares the step's of the schedule, [offsets, 1, 1, 1]
 * @returns the combined state, and the past for the next step
 */
export function combine(
  body: GraphBuilder,
  { name: layer, cell }: RecurrentLayer,
  name: string,
  { current, past, combining, shares }: Record<'current' | 'past' | 'combining' | 'shares', string>,
): { readonly state: string; readonly past: string } {
  const raw = body.unsqueeze(`${name}.raw`, current, [0]);
  const all = body.node(`${name}.all`, 'Concat', [raw, past], { axis: 0 });
  const range = [`${layer}.combine.from`, `${layer}.combine.to`, `${layer}.combine.axis`];
  const next = body.node(`${name}.next_past`, 'Slice', [all, ...range]);
  const chosen = body.node(`${name}.chosen`, 'Gather', [all, `${layer}.combine.chosen`], {
    axis: 0,
  });
  const weights = attendsToStates(cell) ? attend() : shares;
  const weighted = body.node(`${name}.weighted`, 'Mul', [weights, chosen]);
  const sum = body.node(`${name}.combined`, 'ReduceSum', [weighted, `${layer}.combine.axis`], {
    keepdims: 0,
  });
  return { state: body.node(`${name}.state`, 'Where', [combining, sum, current]), past: next };

  function attend(): string {
    const scores = body.node(`${name}.scores`, 'MatMul', [chosen, `${layer}.combine.attention`]);
    const masked = body.node(`${name}.masked`, 'Add', [scores, shares]);
    return body.node(`${name}.weights`, 'Softmax', [masked], { axis: 0 });
  }
}
