import { expect } from 'vitest';
import { cellTraits, stateCount } from '../../src/core/cells.js';
import type { Defines, Values } from '../../src/kernels/descriptor.js';
import { transposeRecurrent } from '../../src/kernels/recurrence/transpose_recurrent.js';
import {
  cellGradients,
  combinedSteps,
  ofCell,
  runCell,
  sequences,
  type CellSettings,
} from './cell.js';
import { testGpu } from './gpu.js';
import { roundToHalves } from './half.js';
import { Draw, expectClose, layUtterances, runKernel } from './kernel.js';

export type Real = 'f32' | 'f16';

/** What an output holds before: one that a kernel leaves out, or reads too early, is found out. */
export const poison = (count: number) => new Float32Array(count).fill(1e30);

/** Picks one at random. */
export function pick<T>(draw: Draw, values: readonly T[]): T {
  return values[draw.size(0, values.length - 1)] as T;
}

/** A cell and lengths of utterances, the same in every run. */
export function drawCell(
  draw: Draw,
  most = 3,
): { settings: CellSettings; lengths: readonly number[] } {
  const offsets = draw.random.shuffle([1, 2, 3, 4, 6]).slice(0, draw.size(1, 3));
  const settings: CellSettings = {
    cell: pick(draw, ['lstm', 'mean-lstm', 'a-lstm', 'a-lstm', 'gru', 'a-gru', 'a-gru']),
    units: draw.fours(most),
    directions: draw.size(1, 2),
    offsets,
    period: draw.size(1, 6),
  };
  return { settings, lengths: draw.utterances(draw.size(1, 6), 9).lengths };
}

export type RecurrenceData = Awaited<ReturnType<typeof prepareRecurrence>>;

/** Random inputs of a recurrence, what the f64 twin makes of them, and what all its kernels are told. */
export async function prepareRecurrence(
  name: string,
  settings: CellSettings,
  lengths: readonly number[],
  real: Real = 'f32',
) {
  const draw = new Draw(`recurrence ${name}`);
  const { cell, units, directions, offsets, period } = settings;
  const { sequences, frames } = layUtterances(lengths);
  const K = offsets.length;
  const { wgsl, combination } = cellTraits(cell);
  const kinds = stateCount(cell);
  const combines = combination !== 'none';
  const attends = combination === 'attention';
  const stored = (values: Float32Array) => (real === 'f16' ? roundToHalves(values) : values);
  const pre = stored(draw.values(frames * directions * units * 4));
  const weight = ofCell(
    cell,
    stored(draw.values(directions * units * units * 4, 1 / Math.sqrt(units))),
  );
  const attention = draw.values(directions * units);
  const dOutputs = stored(draw.values(frames * directions * units));
  const run = runCell(settings, lengths, pre, weight, attention);
  const uniforms: Values = {
    rows: lengths.length,
    frames,
    directions,
    units,
    state_stride: combines ? kinds * units + Math.ceil((kinds * K) / 4) * 4 : units,
    period,
  };
  const defines: Defines = {
    CELL: wgsl,
    KINDS: kinds,
    COMBINE: combines ? 1 : 0,
    ATTEND: attends ? 1 : 0,
    OFFSET_COUNT: K,
    OFFSETS: offsets.map((k) => `${k}u`).join(', '),
    NEAREST_OFFSET: Math.min(...offsets),
    REAL: real,
  };
  const transposed = await runKernel(await testGpu(), transposeRecurrent, {
    uniforms: { directions, units },
    buffers: { weight, out: weight.length },
    defines: { REAL: real },
  });
  return {
    settings,
    lengths,
    real,
    combines,
    attends,
    kinds,
    frames,
    longest: Math.max(...lengths),
    farthest: Math.max(...offsets),
    stateStride: uniforms['state_stride'] ?? 0,
    sequences,
    pre,
    weight,
    transposed: transposed['out'] ?? weight,
    attention,
    dOutputs,
    run,
    expected: cellGradients(settings, lengths, run, weight, attention, dOutputs),
    uniforms,
    defines,
  };
}

/** What a forward kernel leaves. */
export interface Forward {
  readonly gates: Float32Array;
  readonly states: Float32Array;
  readonly outputs: Float32Array;
}

export interface Backward {
  readonly dGates: Float32Array;
  /** [directions, units] */
  readonly dAttention: Float64Array;
}

/** Sums [count, size] over count. */
export function sumPlanes(planes: Float32Array, count: number, size: number): Float64Array {
  return Float64Array.from({ length: size }, (_, i) => {
    let sum = 0;
    for (let plane = 0; plane < count; plane++) sum += planes[plane * size + i] ?? NaN;
    return sum;
  });
}

/** Rows (frame * directions + direction) whose states some step combines: no other raw h is kept. */
function takenRows({ settings, lengths }: RecurrenceData): Set<number> {
  const all = sequences(settings.directions, lengths).flatMap(({ rows }) =>
    rows.flatMap((_, s) => combinedSteps(settings, s).map(({ step }) => rows[step] ?? NaN)),
  );
  return new Set(all);
}

/** Outputs, gates and stored states against the twin. */
export function expectForward(data: RecurrenceData, kept: Forward, tolerance: number): void {
  const { settings, run, stateStride, combines, attends, kinds } = data;
  const { units, offsets } = settings;
  expectClose(kept.outputs, run.outputs, tolerance, 'outputs');
  expectClose(kept.gates, run.gates, tolerance, 'gates');
  const states = (first: number, width: number) =>
    Float32Array.from(
      { length: (kept.states.length / stateStride) * width },
      (_, i) => kept.states[Math.floor(i / width) * stateStride + first + (i % width)] ?? NaN,
    );
  expectClose(states(0, units), run.states[0], tolerance, 'states C');
  if (!combines) return;
  const taken = takenRows(data);
  const ofTaken = (values: ArrayLike<number>) =>
    Float64Array.from(values, (x, i) => (taken.has(Math.floor(i / units)) ? x : 0));
  if (kinds > 1) {
    expectClose(ofTaken(states(units, units)), ofTaken(run.states[1]), tolerance, 'states h');
  }
  if (!attends) return;
  run.weights.slice(0, kinds).forEach((weights, plane) => {
    const K = offsets.length;
    // steps that combine nothing have no weights
    const got = states(kinds * units + plane * K, K).map((w, i) => {
      const row = Math.floor(i / K) * K;
      return weights.subarray(row, row + K).some((share) => share > 0) ? w : 0;
    });
    expectClose(got, weights, tolerance, `weights of ${plane === 0 ? 'C' : 'h'}`);
  });
}

export function expectBackward(data: RecurrenceData, got: Backward, tolerance: number): void {
  expectClose(got.dGates, data.expected.gates, tolerance, 'd gates');
  if (data.attends) expectClose(got.dAttention, data.expected.attention, tolerance, 'd attention');
}

/** What combinations hand down must all have been taken. */
export function expectZero(values: Float32Array, what: string): void {
  expect(
    values.findIndex((x) => x !== 0),
    `${what} is not left zero`,
  ).toBe(-1);
}
