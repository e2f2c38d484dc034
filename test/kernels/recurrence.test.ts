import { describe, it } from 'vitest';
import { recurrenceBackward } from '../../src/kernels/recurrence_backward.js';
import { recurrenceForward } from '../../src/kernels/recurrence_forward.js';
import { transposeRecurrent } from '../../src/kernels/transpose_recurrent.js';
import { runCell, type CellSettings } from '../support/cell.js';
import { testGpu } from '../support/gpu.js';
import { Draw, expectClose, layUtterances, runKernel } from '../support/kernel.js';

interface Case {
  readonly settings: CellSettings;
  readonly lengths: readonly number[];
  readonly rows: number;
  readonly backwardRows: number;
  readonly lanes: number;
  /** Steps of a dispatch: fewer than the longest makes the recurrence resume. */
  readonly steps: number;
}

const CASES: Record<string, Case> = {
  'LSTM, one frame': {
    settings: { cell: 'lstm', units: 4, directions: 1, offsets: [5, 3, 1], period: 5 },
    lengths: [1],
    rows: 4,
    backwardRows: 1,
    lanes: 8,
    steps: 64,
  },
  'LSTM, both ways, more units than lanes, two tiles': {
    settings: { cell: 'lstm', units: 20, directions: 2, offsets: [5, 3, 1], period: 5 },
    lengths: [6, 5, 2, 1, 1],
    rows: 4,
    backwardRows: 2,
    lanes: 8,
    steps: 4,
  },
  'mean LSTM, period 3, resumed in between': {
    settings: { cell: 'mean-lstm', units: 8, directions: 2, offsets: [3, 1], period: 3 },
    lengths: [11, 6, 4],
    rows: 4,
    backwardRows: 4,
    lanes: 8,
    steps: 3,
  },
  'A-LSTM at every step': {
    settings: { cell: 'a-lstm', units: 8, directions: 2, offsets: [5, 3, 1], period: 1 },
    lengths: [10, 8, 3, 1],
    rows: 8,
    backwardRows: 4,
    lanes: 16,
    steps: 4,
  },
  'A-LSTM, period 5': {
    settings: { cell: 'a-lstm', units: 12, directions: 1, offsets: [5, 3, 1], period: 5 },
    lengths: [12, 11, 5, 4, 2],
    rows: 4,
    backwardRows: 2,
    lanes: 8,
    steps: 64,
  },
  'A-LSTM without the nearest state, offsets 7 and 2, period 2': {
    settings: { cell: 'a-lstm', units: 8, directions: 2, offsets: [7, 2], period: 2 },
    lengths: [13, 2],
    rows: 4,
    backwardRows: 2,
    lanes: 8,
    steps: 5,
  },
};

/** Cells, sizes, lengths and tiles drawn at random, the same in every run. */
function drawCases(count: number): Record<string, Case> {
  const draw = new Draw('recurrence cases');
  const pick = <T>(values: readonly T[]): T => values[draw.size(0, values.length - 1)] as T;
  return Object.fromEntries(
    Array.from({ length: count }, (_, n) => {
      const offsets = draw.random.shuffle([1, 2, 3, 4, 6]).slice(0, draw.size(1, 3));
      const settings: CellSettings = {
        cell: pick(['lstm', 'mean-lstm', 'a-lstm', 'a-lstm']),
        units: draw.fours(3),
        directions: draw.size(1, 2),
        offsets,
        period: draw.size(1, 6),
      };
      const test: Case = {
        settings,
        lengths: draw.utterances(draw.size(1, 6), 9).lengths,
        rows: pick([4, 8]),
        backwardRows: pick([1, 2, 4, 8]),
        lanes: pick([8, 16]),
        steps: draw.size(2, 12),
      };
      return [`drawn ${n + 1}: ${JSON.stringify(test)}`, test];
    }),
  );
}

/** Uniforms, defines and buffers that forward and backward share. */
function prepare(draw: Draw, { settings, lengths }: Case) {
  const { cell, units, directions, offsets, period } = settings;
  const { ranges, frames } = layUtterances(lengths);
  const K = offsets.length;
  const combine = cell !== 'lstm';
  const stateStride = combine ? 2 * units + Math.ceil((2 * K) / 4) * 4 : units;
  return {
    ranges,
    frames,
    stateStride,
    pre: draw.values(frames * directions * units * 4),
    weight: draw.values(directions * units * units * 4, 1 / Math.sqrt(units)),
    attention: draw.values(directions * units),
    uniforms: {
      rows: lengths.length,
      frames,
      directions,
      units,
      state_stride: stateStride,
      period,
    },
    defines: (rows: number, lanes: number) => ({
      COMBINE: combine ? 1 : 0,
      ATTEND: cell === 'a-lstm' ? 1 : 0,
      ROWS: rows,
      ROWS_2: rows >= 2 ? 1 : 0,
      ROWS_4: rows >= 4 ? 1 : 0,
      ROWS_8: rows >= 8 ? 1 : 0,
      UNITS_PER_LANE: Math.ceil(units / lanes),
      OFFSET_COUNT: K,
      OFFSETS: offsets.map((k) => `${k}u`).join(', '),
      NEAREST_OFFSET: Math.min(...offsets),
    }),
  };
}

/** recurrence_forward over all steps, in as many dispatches as the case asks for. */
async function forward(test: Case, data: ReturnType<typeof prepare>) {
  const gpu = await testGpu();
  const { settings, lengths, rows, lanes, steps } = test;
  const { frames, stateStride, weight, attention, ranges } = data;
  const width = settings.directions * settings.units;
  const poison = (count: number) => new Float32Array(count).fill(1e30);
  let gates = data.pre;
  let states: Float32Array = poison(frames * settings.directions * stateStride);
  let outputs: Float32Array = poison(frames * width);
  for (let first = 0; first < Math.max(...lengths); first += steps) {
    const result = await runKernel(gpu, recurrenceForward, {
      uniforms: { ...data.uniforms, first_step: first, step_count: steps },
      buffers: { ranges, weight, attention, gates, states, outputs },
      defines: data.defines(rows, lanes),
      constants: { LANES: lanes, UNITS: settings.units },
    });
    ({ gates = gates, states = states, outputs = outputs } = result);
  }
  return { gates, states, outputs };
}

/** recurrence_backward over all steps; the gradient of the gates and of the attention vector. */
async function backward(
  test: Case,
  data: ReturnType<typeof prepare>,
  kept: { gates: Float32Array; states: Float32Array },
  dOutputs: Float32Array,
) {
  const gpu = await testGpu();
  const { settings, lengths, backwardRows: rows, lanes, steps } = test;
  const { directions, units } = settings;
  const transposed = await runKernel(gpu, transposeRecurrent, {
    uniforms: { directions, units },
    buffers: { weight: data.weight, out: data.weight.length },
  });
  const tiles = Math.ceil(lengths.length / rows);
  let gates = kept.gates;
  let carry: Float32Array = new Float32Array((2 * rows + 1) * tiles * directions * units).fill(
    1e30,
  );
  let pending: Float32Array = new Float32Array(data.frames * directions * 2 * units);
  const longest = Math.max(...lengths);
  for (let first = Math.floor((longest - 1) / steps) * steps; first >= 0; first -= steps) {
    const result = await runKernel(gpu, recurrenceBackward, {
      uniforms: {
        ...data.uniforms,
        first_step: first,
        step_count: Math.min(steps, longest - first),
        tiles,
        planes: 2 * rows + 1,
      },
      buffers: {
        ranges: data.ranges,
        weight: transposed['out'] ?? 0,
        attention: data.attention,
        gates,
        states: kept.states,
        d_outputs: dOutputs,
        pending,
        carry,
      },
      defines: data.defines(rows, lanes),
      constants: { LANES: lanes, UNITS: units },
    });
    gates = result['gates'] ?? gates;
    carry = result['carry'] ?? carry;
    pending = result['pending'] ?? pending;
  }
  const dAttention = new Float64Array(directions * units);
  for (let tile = 0; tile < tiles; tile++) {
    dAttention.forEach(
      (sum, i) => (dAttention[i] = sum + (carry[tile * directions * units + i] ?? NaN)),
    );
  }
  return { dGates: gates, dAttention };
}

describe('recurrence', () => {
  for (const [name, test] of Object.entries({ ...CASES, ...drawCases(6) })) {
    it(`${name}: forward against f64, backward against central differences`, async () => {
      const draw = new Draw(`recurrence ${name}`);
      const data = prepare(draw, test);
      const { settings, lengths } = test;
      const { pre, weight, attention } = data;
      const kept = await forward(test, data);
      expectClose(
        kept.outputs,
        runCell(settings, lengths, pre, weight, attention),
        2e-6,
        'outputs',
      );

      const dOutputs = draw.values(kept.outputs.length);
      const { dGates, dAttention } = await backward(test, data, kept, dOutputs);
      const loss = (p: ArrayLike<number>, a: ArrayLike<number>) =>
        runCell(settings, lengths, p, weight, a).reduce(
          (sum, y, i) => sum + y * (dOutputs[i] ?? 0),
          0,
        );
      /** Central differences of the loss by each element of `values`. */
      const slopes = (values: Float32Array, lossAt: (v: Float64Array) => number) => {
        const moved = Float64Array.from(values);
        return moved.map((value, i) => {
          moved[i] = value + 1e-5;
          const above = lossAt(moved);
          moved[i] = value - 1e-5;
          const below = lossAt(moved);
          moved[i] = value;
          return (above - below) / 2e-5;
        });
      };
      expectClose(
        dGates,
        slopes(pre, (p) => loss(p, attention)),
        1e-5,
        'd gates',
      );
      if (settings.cell === 'a-lstm') {
        expectClose(
          dAttention,
          slopes(attention, (a) => loss(pre, a)),
          1e-5,
          'd attention',
        );
      }
    });
  }
});
