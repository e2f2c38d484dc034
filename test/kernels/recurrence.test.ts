import { describe, expect, it } from 'vitest';
import { cells, cellTraits } from '../../src/core/cells.js';
import { cellGradients, ofCell, runCell, type CellSettings } from '../support/cell.js';
import { Draw, expectClose } from '../support/kernel.js';
import {
  drawCell,
  expectBackward,
  expectForward,
  pick,
  prepareRecurrence,
} from '../support/recurrence.js';
import { persistentBackward, persistentForward } from '../support/persistent.js';

interface Case {
  readonly settings: CellSettings;
  readonly lengths: readonly number[];
  readonly rows: number;
  readonly backwardRows: number;
  readonly lanes: number;
  /** Steps of a dispatch: fewer than the longest makes the recurrence resume. */
  readonly steps: number;
  readonly unrolled?: boolean;
  readonly block?: number;
  readonly backwardBlock?: number;
  readonly parts?: number;
  readonly backwardParts?: number;
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
  'GRU, both ways, resumed in between': {
    settings: { cell: 'gru', units: 12, directions: 2, offsets: [1], period: 1 },
    lengths: [9, 6, 4, 1],
    rows: 4,
    backwardRows: 2,
    lanes: 8,
    steps: 4,
  },
  'A-GRU, period 5': {
    settings: { cell: 'a-gru', units: 8, directions: 2, offsets: [5, 3, 1], period: 5 },
    lengths: [12, 11, 5, 4, 2],
    rows: 4,
    backwardRows: 4,
    lanes: 8,
    steps: 7,
  },
  'A-GRU at every step, without the nearest state': {
    settings: { cell: 'a-gru', units: 8, directions: 1, offsets: [4, 2], period: 1 },
    lengths: [10, 8, 3, 1],
    rows: 8,
    backwardRows: 4,
    lanes: 16,
    steps: 4,
  },
  'A-GRU, loops unrolled': {
    settings: { cell: 'a-gru', units: 12, directions: 1, offsets: [3, 1], period: 2 },
    lengths: [7, 5, 2],
    rows: 4,
    backwardRows: 1,
    lanes: 8,
    steps: 4,
    unrolled: true,
  },
  'A-LSTM, loops unrolled, fewer rows than a tile': {
    settings: { cell: 'a-lstm', units: 12, directions: 2, offsets: [3, 1], period: 2 },
    lengths: [7, 5, 2],
    rows: 4,
    backwardRows: 2,
    lanes: 8,
    steps: 4,
    unrolled: true,
  },
  'LSTM, loops unrolled, units that blocks do not divide': {
    settings: { cell: 'lstm', units: 20, directions: 1, offsets: [1], period: 1 },
    lengths: [5, 4, 4, 2, 1],
    rows: 8,
    backwardRows: 4,
    lanes: 8,
    steps: 3,
    unrolled: true,
    block: 2,
    backwardBlock: 4,
  },
  'LSTM, sums in two and in four parts': {
    settings: { cell: 'lstm', units: 20, directions: 2, offsets: [1], period: 1 },
    lengths: [6, 5, 2, 1, 1],
    rows: 4,
    backwardRows: 8,
    lanes: 8,
    steps: 4,
    block: 2,
    backwardBlock: 4,
    parts: 2,
    backwardParts: 4,
  },
  'A-LSTM at every step, in four and in two parts': {
    settings: { cell: 'a-lstm', units: 12, directions: 2, offsets: [5, 3, 1], period: 1 },
    lengths: [10, 8, 3, 1, 1, 1],
    rows: 8,
    backwardRows: 4,
    lanes: 16,
    steps: 4,
    parts: 4,
    backwardParts: 2,
  },
  'A-LSTM, loops unrolled, more parts than rows': {
    settings: { cell: 'a-lstm', units: 12, directions: 2, offsets: [3, 1], period: 2 },
    lengths: [9, 5, 2],
    rows: 2,
    backwardRows: 1,
    lanes: 16,
    steps: 4,
    unrolled: true,
    block: 2,
    backwardBlock: 4,
    parts: 4,
    backwardParts: 4,
  },
  'mean LSTM, loops unrolled, in two parts of one row': {
    settings: { cell: 'mean-lstm', units: 8, directions: 1, offsets: [4, 2], period: 3 },
    lengths: [11, 6, 4],
    rows: 2,
    backwardRows: 2,
    lanes: 8,
    steps: 5,
    unrolled: true,
    parts: 2,
    backwardParts: 2,
  },
  'A-GRU, loops unrolled, one row in two parts, four rows in four': {
    settings: { cell: 'a-gru', units: 20, directions: 2, offsets: [3, 1], period: 1 },
    lengths: [7, 5, 2, 2, 1],
    rows: 1,
    backwardRows: 4,
    lanes: 16,
    steps: 3,
    unrolled: true,
    backwardBlock: 4,
    parts: 2,
    backwardParts: 4,
  },
  'GRU, in four parts, more lanes than units': {
    settings: { cell: 'gru', units: 4, directions: 2, offsets: [1], period: 1 },
    lengths: [9, 6, 4, 1],
    rows: 4,
    backwardRows: 2,
    lanes: 32,
    steps: 4,
    parts: 4,
    backwardParts: 4,
  },
};

/** Cells, sizes, lengths and tiles drawn at random, the same in every run. */
function drawCases(count: number): Record<string, Case> {
  const draw = new Draw('recurrence cases');
  return Object.fromEntries(
    Array.from({ length: count }, (_, n) => {
      const test: Case = {
        ...drawCell(draw),
        rows: pick(draw, [1, 2, 4, 8]),
        backwardRows: pick(draw, [1, 2, 4, 8]),
        lanes: pick(draw, [8, 16]),
        steps: draw.size(2, 12),
        block: pick(draw, [1, 2]),
        backwardBlock: pick(draw, [1, 4]),
        parts: pick(draw, [1, 2, 4]),
        backwardParts: pick(draw, [1, 2, 4]),
        unrolled: pick(draw, [false, true]),
      };
      return [`drawn ${n + 1}: ${JSON.stringify(test)}`, test];
    }),
  );
}

describe('recurrence', () => {
  for (const [name, test] of Object.entries({ ...CASES, ...drawCases(10) })) {
    it(`${name}: forward and backward against f64`, async () => {
      const data = await prepareRecurrence(name, test.settings, test.lengths);
      const kept = await persistentForward(data, test);
      expectForward(data, kept, 2e-6);
      const { backwardRows: rows, backwardBlock: block = 1, backwardParts: parts = 1 } = test;
      const backward = await persistentBackward(data, kept, { ...test, rows, block, parts });
      expectBackward(data, backward, 1e-5);
    });
  }
});

describe('the gradients in f64', () => {
  const draw = new Draw('gradients in f64');
  for (const cell of cells) {
    for (let n = 0; n < 3; n++) {
      const { settings, lengths } = drawCell(draw, 2);
      it(`${cell} ${n + 1}: are the central differences`, () => {
        const own: CellSettings = { ...settings, cell, period: 1 + n };
        const { units, directions } = own;
        const sequences = lengths.reduce((a, b) => a + b, 0) * directions;
        const values = new Draw(`${cell} ${n}`);
        const pre = values.values(sequences * units * 4);
        const weight = ofCell(
          cell,
          values.values(directions * units * units * 4, 1 / Math.sqrt(units)),
        );
        const attention = values.values(directions * units);
        const dOutputs = values.values(sequences * units);
        const run = runCell(own, lengths, pre, weight, attention);
        const got = cellGradients(own, lengths, run, weight, attention, dOutputs);
        const loss = (p: ArrayLike<number>, a: ArrayLike<number>) =>
          runCell(own, lengths, p, weight, a).outputs.reduce(
            (sum, y, i) => sum + y * (dOutputs[i] ?? NaN),
            0,
          );
        /** Central differences of the loss by each element. */
        const slopes = (at: Float32Array, lossAt: (v: Float64Array) => number) => {
          const moved = Float64Array.from(at);
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
          got.gates,
          slopes(pre, (p) => loss(p, attention)),
          1e-8,
          'd gates',
        );
        const dAttention = slopes(attention, (a) => loss(pre, a));
        if (cellTraits(cell).combination === 'attention')
          expectClose(got.attention, dAttention, 1e-7, 'd attention');
        else expect([...got.attention].every((g) => g === 0)).toBe(true);
      });
    }
  }
});
