import { cellTraits, stateCount } from '../../src/core/cells.js';
import type { TwoLayerModelConfig } from '../../src/core/config.js';
import type { FrameBatch, Tensors } from '../../src/session/types.js';
import { combinedSteps, runCell, sequences, type CellRun, type CellSettings } from './cell.js';
import { recurrentInputs } from './recurrent-inputs.js';

/** What a session's trace of one direction of an utterance has to be. */
export interface ExpectedTrace {
  readonly frames: number[];
  /** [N, K] */
  readonly cell?: number[];
  readonly output: number[];
  /** [T, gates] */
  readonly gates: number[];
}

/** Frontend and recurrent layer of a network in f64: the traces of each utterance, by direction. */
export function traceTwin(
  model: TwoLayerModelConfig,
  parameters: Tensors,
  { features, lengths }: FrameBatch,
): ExpectedTrace[][] {
  const value = (name: string, i: number) => parameters[name]?.data[i] ?? NaN;
  const [F, U, frames] = [model.features, model.frontend.units, features.length / model.features];
  const x = Float64Array.from({ length: frames * U }, (_, i) => {
    const [t, u] = [Math.floor(i / U), i % U];
    let sum = value('frontend.bias', u);
    for (let f = 0; f < F; f++)
      sum += value('frontend.weight', u * F + f) * (features[t * F + f] ?? NaN);
    return Math.max(0, sum);
  });
  const { settings, pre, weight, attention } = recurrentInputs(model, parameters, x);
  const run = runCell(settings, [...lengths], pre, weight, attention);
  return tracesOf(settings, lengths, run);
}

function tracesOf(settings: CellSettings, lengths: Int32Array, run: CellRun): ExpectedTrace[][] {
  const { units: H, directions, offsets, cell } = settings;
  const gates = [...cellTraits(cell).gates.keys()];
  const K = offsets.length;
  const traces: ExpectedTrace[][] = Array.from(lengths, () => []);
  sequences(directions, [...lengths]).forEach(({ d, rows }, i) => {
    const first = Math.min(...rows.map((row) => Math.floor(row / directions)));
    const inTime = rows.map((row, s) => ({ row, s })).sort((a, b) => a.row - b.row);
    const combining = inTime.filter(({ s }) => combinedSteps(settings, s).length > 0);
    const shares = (plane: 0 | 1) =>
      combining.flatMap(({ row }) => [...run.weights[plane].slice(row * K, row * K + K)]);
    const mean = (row: number, gate: number) => {
      let sum = 0;
      for (let u = 0; u < H; u++) sum += Math.abs(run.gates[(row * H + u) * 4 + gate] ?? NaN);
      return sum / H;
    };
    traces[i % lengths.length]?.splice(d, 0, {
      frames: combining.map(({ row }) => Math.floor(row / directions) - first),
      ...(stateCount(cell) === 1 ? { output: shares(0) } : { cell: shares(0), output: shares(1) }),
      gates: inTime.flatMap(({ row }) => gates.map((gate) => mean(row, gate))),
    });
  });
  return traces;
}
