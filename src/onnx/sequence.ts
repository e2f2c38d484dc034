import type { GraphBuilder } from './graph-builder.js';

/** Values of a batch over time in an ONNX graph; B rows of T steps, padded. */
export interface OnnxSequence {
  /** [B, T, width]; values past a row's length are undefined. */
  readonly x: string;
  readonly width: number;
  readonly time: OnnxTime;
}

/** A time axis in an ONNX graph. */
export interface OnnxTime {
  /** B, shape [1]. */
  readonly batch: string;
  /** T, a scalar. */
  readonly steps: string;
  /** Valid steps of each row, [B] int64. */
  readonly lengths: string;
  /** Whether a step is valid, [B, T] bool. */
  readonly valid: string;
  /** Present if steps of another axis were merged. */
  readonly groups?: {
    readonly by: number;
    readonly before: OnnxTime;
    /** Steps per group, [B, T] float32, at least 1. */
    readonly counts: string;
  };
}

/** [B, T] bool: the steps before each row's length. */
export function addValid(
  graph: GraphBuilder,
  name: string,
  steps: string,
  lengths: string,
): string {
  const range = [graph.integers(`${name}.first`, 0), steps, graph.integers(`${name}.step`, 1)];
  const numbers = graph.unsqueeze(
    `${name}.numbers`,
    graph.node(`${name}.range`, 'Range', range),
    [0],
  );
  return graph.node(name, 'Less', [numbers, graph.unsqueeze(`${name}.ends`, lengths, [1])]);
}

/** x with zeros past each row's length. Not a multiplication by 0: the values there may be NaN. */
export function addZeroPadding(
  graph: GraphBuilder,
  name: string,
  { x, time }: OnnxSequence,
): string {
  return graph.node(name, 'Where', [
    graph.unsqueeze(`${name}.valid`, time.valid, [2]),
    x,
    graph.float(`${name}.zero`, 0),
  ]);
}

/** Converts weights over the steps of an axis [B, T] to weights over the frames: a group's weight is divided among its steps. */
export function addSharedWeights(
  graph: GraphBuilder,
  name: string,
  weights: string,
  { groups }: OnnxTime,
): string {
  if (groups === undefined) return weights;
  const { by, before, counts } = groups;
  const share = graph.node(`${name}.share`, 'Div', [weights, counts]);
  const range = [
    graph.integers(`${name}.first`, 0),
    before.steps,
    graph.integers(`${name}.one`, 1),
  ];
  const steps = graph.node(`${name}.steps`, 'Range', range);
  const group = graph.node(`${name}.group`, 'Div', [steps, graph.integers(`${name}.by`, by)]);
  const spread = graph.node(`${name}.spread`, 'Gather', [share, group], { axis: 1 });
  const own = graph.node(`${name}.own`, 'Where', [
    before.valid,
    spread,
    graph.float(`${name}.zero`, 0),
  ]);
  return addSharedWeights(graph, `${name}.below`, own, before);
}
