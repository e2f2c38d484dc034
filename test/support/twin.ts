import type { ModelConfig } from '../../src/core/config.js';
import { deviceShape } from '../../src/network/shape.js';
import type { FrameBatch, Tensors } from '../../src/engine/types.js';
import { combinedSteps, runCell, sequences, type CellRun, type CellSettings } from './cell.js';

/** What a session's trace of one direction of an utterance has to be. */
export interface ExpectedTrace {
  readonly frames: number[];
  /** [N, K] */
  readonly cell: number[];
  readonly output: number[];
  /** [T, 4] */
  readonly gates: number[];
}

/** Frontend and recurrent layer of a network in f64: the traces of each utterance, by direction. */
export function traceTwin(
  model: ModelConfig,
  parameters: Tensors,
  { features, lengths }: FrameBatch,
): ExpectedTrace[][] {
  const { units: H, offsets, period, cell } = model.recurrent;
  const { directions } = deviceShape(model);
  const settings: CellSettings = { cell, units: H, directions, offsets, period };
  const ways = ['forward', 'backward'].slice(0, directions);
  const value = (name: string, i: number) => parameters[name]?.data[i] ?? NaN;
  const [F, U, frames] = [model.features, model.frontend.units, features.length / model.features];
  const hidden = Float64Array.from({ length: frames * U }, (_, i) => {
    const [t, u] = [Math.floor(i / U), i % U];
    let sum = value('frontend.bias', u);
    for (let f = 0; f < F; f++)
      sum += value('frontend.weight', u * F + f) * (features[t * F + f] ?? NaN);
    return Math.max(0, sum);
  });
  const pre = new Float64Array(frames * directions * H * 4);
  const weight = new Float64Array(directions * H * H * 4);
  const attention = new Float64Array(directions * H);
  ways.forEach((way, d) => {
    for (let g = 0; g < 4; g++) {
      for (let u = 0; u < H; u++) {
        const unit = g * H + u; // PyTorch's row
        for (let t = 0; t < frames; t++) {
          let sum = value(`recurrent.${way}.bias`, unit);
          for (let k = 0; k < U; k++)
            sum += value(`recurrent.${way}.weight_ih`, unit * U + k) * (hidden[t * U + k] ?? NaN);
          pre[((t * directions + d) * H + u) * 4 + g] = sum;
        }
        for (let k = 0; k < H; k++) {
          const own = value(`recurrent.${way}.weight_hh`, unit * H + k);
          weight[((d * H + k) * H + u) * 4 + g] = own;
        }
      }
    }
    for (let u = 0; u < H && cell === 'a-lstm'; u++)
      attention[d * H + u] = value(`recurrent.${way}.attention`, u);
  });
  const run = runCell(settings, [...lengths], pre, weight, attention);
  return tracesOf(settings, lengths, run);
}

function tracesOf(settings: CellSettings, lengths: Int32Array, run: CellRun): ExpectedTrace[][] {
  const { units: H, directions, offsets } = settings;
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
      cell: shares(0),
      output: shares(1),
      gates: inTime.flatMap(({ row }) => [0, 1, 2, 3].map((gate) => mean(row, gate))),
    });
  });
  return traces;
}
