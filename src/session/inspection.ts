import { attendsToStates, cellTraits, combinesStates, stateCount } from '../core/cells.js';
import { directionsOf, type RecurrentLayer } from '../core/layers.js';
import { traceWidth } from '../network/layers/recurrent/trace.js';
import type { DirectionTrace } from './types.js';

/**
 * Trace of each direction of a recurrent layer for an utterance, the forward one first.
 *
 * @param by frames that one of its steps stands for
 * @param values the utterance's part of the trace, [T, directions, traceWidth], T in steps
 */
export function readTrace(
  layer: RecurrentLayer,
  by: number,
  values: Float32Array,
): DirectionTrace[] {
  const directions = directionsOf(layer);
  const N = directions.length;
  const width = traceWidth(layer);
  const T = values.length / (N * width);
  return directions.map((direction, d) => {
    const row = (t: number) => (t * N + d) * width;
    const G = cellTraits(layer.cell).gates.length;
    const gates = new Float32Array(T * G);
    for (let t = 0; t < T; t++) gates.set(values.subarray(row(t), row(t) + G), t * G);
    const own = combinations(layer, values, T, direction === 'backward', row);
    return { layer: layer.name, direction, framesPerStep: by, ...own, gates };
  });
}

/** Frames at which states are combined, and the weights. */
function combinations(
  recurrent: RecurrentLayer,
  values: Float32Array,
  T: number,
  backward: boolean,
  row: (t: number) => number,
): Pick<DirectionTrace, 'frames' | 'cell' | 'output'> {
  const { offsets } = recurrent;
  const K = offsets.length;
  const steps = combiningSteps(recurrent, T);
  const frames = backward ? steps.map((s) => T - 1 - s).reverse() : steps;
  /** Weights for one kind of state, [N, K]. */
  const weightsOf = (kind: number): Float32Array => {
    const all = new Float32Array(frames.length * K);
    frames.forEach((t, n) => {
      const first = row(t) + 4 + kind * K;
      const learned = () => values.subarray(first, first + K);
      const equal = () => meanWeights(offsets, backward ? T - 1 - t : t);
      all.set(attendsToStates(recurrent.cell) ? learned() : equal(), n * K);
    });
    return all;
  };
  const at = Int32Array.from(frames);
  if (stateCount(recurrent.cell) === 1) return { frames: at, output: weightsOf(0) };
  return { frames: at, cell: weightsOf(0), output: weightsOf(1) };
}

/** Steps of T at which the set S of Eq. 8 and 11 is not empty. */
function combiningSteps({ cell, offsets, period }: RecurrentLayer, T: number): number[] {
  const nearest = Math.min(...offsets);
  return [...Array(T).keys()].filter(
    (s) => combinesStates(cell) && (s + 1) % period === 0 && s + 1 >= nearest,
  );
}

/** Equal weights, 1 / |S| at step s, 0 for offsets before the start. */
function meanWeights(offsets: readonly number[], s: number): number[] {
  const count = offsets.filter((offset) => s + 1 >= offset).length;
  return offsets.map((offset) => (s + 1 >= offset ? 1 / count : 0));
}
