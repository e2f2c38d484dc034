import { cellTraits } from '../../src/core/cells.js';
import type { TwoLayerModelConfig } from '../../src/core/config.js';
import type { Tensors } from '../../src/session/types.js';
import type { CellSettings } from './cell.js';

/** What runCell takes. */
export interface RecurrentInputs {
  readonly settings: CellSettings;
  /** [frames, directions, units, 4] */
  readonly pre: Float64Array;
  /** [directions, units (k), units (u), 4] */
  readonly weight: Float64Array;
  /** [directions, units] */
  readonly attention: Float64Array;
}

/**
 * The recurrent layer's inputs and parameters, whose rows are gate * H + unit as in PyTorch, laid out for the
 * f64 cell. A GRU's W_ih has no row for a unit's last number, its W_hh none for the candidate.
 *
 * @param x [frames, U]
 */
export function recurrentInputs(
  { recurrent, frontend }: TwoLayerModelConfig,
  parameters: Tensors,
  x: ArrayLike<number>,
): RecurrentInputs {
  const { cell, units: H, offsets, period, bidirectional } = recurrent;
  const directions = bidirectional ? 2 : 1;
  const { kind, gates, combination } = cellTraits(cell);
  const U = frontend.units;
  const frames = x.length / U;
  const pre = new Float64Array(frames * directions * H * 4);
  const weight = new Float64Array(directions * H * H * 4);
  const attention = new Float64Array(directions * H);
  const ways = bidirectional ? ['forward', 'backward'] : ['forward'];
  ways.forEach((way, d) => {
    const value = (name: string, i: number) =>
      parameters[`recurrent.${way}.${name}`]?.data[i] ?? NaN;
    for (let row = 0; row < 4 * H; row++) {
      const [gate, u] = [Math.floor(row / H), row % H];
      for (let t = 0; t < frames; t++) {
        let sum = value('bias', row);
        for (let k = 0; k < U && gate < gates.length; k++)
          sum += value('weight_ih', row * U + k) * (x[t * U + k] ?? NaN);
        pre[((t * directions + d) * H + u) * 4 + gate] = sum;
      }
      if (kind === 'gru' && gate === 2) continue;
      const own = kind === 'gru' && gate === 3 ? row - H : row;
      for (let k = 0; k < H; k++)
        weight[((d * H + k) * H + u) * 4 + gate] = value('weight_hh', own * H + k);
    }
    for (let u = 0; u < H && combination === 'attention'; u++)
      attention[d * H + u] = value('attention', u);
  });
  return { settings: { cell, units: H, directions, offsets, period }, pre, weight, attention };
}
