import { cellTraits, type Cell } from '../../src/core/cells.js';

/** The recurrent layer in f64, as SPEC section 1 states it, and its gradient: twins of the recurrence kernels. */
export interface CellSettings {
  readonly cell: Cell;
  readonly units: number;
  readonly directions: number;
  readonly offsets: readonly number[];
  readonly period: number;
}

/** What the cell computed on the way; [frames, directions, units] where nothing else is said. */
export interface CellRun {
  /** h' */
  readonly outputs: Float64Array;
  /** i, f, g, o, or r, z, n and W_hn h' + b_hn, after their activations, [frames, directions, units, 4] */
  readonly gates: Float64Array;
  /** C and h before they are combined; of a GRU h, then nothing. */
  readonly states: readonly [Float64Array, Float64Array];
  /** C', of a GRU h' */
  readonly cells: Float64Array;
  /** Weights by which C and h were combined, [frames, directions, K]; 0 where nothing was. */
  readonly weights: readonly [Float64Array, Float64Array];
}

export interface CellGradients {
  /** Of the gates before their activations, [frames, directions, units, 4]. */
  readonly gates: Float64Array;
  /** [directions, units] */
  readonly attention: Float64Array;
  /** Whole gradients of C' and of h', [frames, directions, units]. */
  readonly after: readonly [Float64Array, Float64Array];
}

type Values = ArrayLike<number>;

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const at = (values: Values, i: number) => values[i] ?? NaN;
const add = (values: Float64Array, i: number, x: number) => (values[i] = at(values, i) + x);

/** Weights [.., 4] of h' as a cell has them: a GRU's have none for n. */
export function ofCell(cell: Cell, weight: Float32Array): Float32Array {
  return cellTraits(cell).kind === 'gru' ? weight.map((w, i) => (i % 4 === 2 ? 0 : w)) : weight;
}

/** Rows (frame * directions + direction) of each utterance and direction, in the order of its steps. */
export function sequences(directions: number, lengths: readonly number[]) {
  const all: { d: number; rows: number[] }[] = [];
  for (let d = 0; d < directions; d++) {
    let first = 0;
    for (const length of lengths) {
      const start = first;
      const frame = (s: number) => start + (d === 0 ? s : length - 1 - s);
      all.push({ d, rows: Array.from({ length }, (_, s) => frame(s) * directions + d) });
      first += length;
    }
  }
  return all;
}

/** Steps that step s combines by their offset's number; none where it combines nothing. */
export function combinedSteps(
  { cell, offsets, period }: CellSettings,
  s: number,
): { k: number; step: number }[] {
  if (cellTraits(cell).combination === 'none' || (s + 1) % period !== 0) return [];
  return offsets.flatMap((offset, k) => (s + 1 >= offset ? [{ k, step: s + 1 - offset }] : []));
}

/**
 * @param pre [frames, directions, units, 4] W_ih x + b
 * @param weight [directions, units (k), units (u), 4]
 * @param attention [directions, units]
 */
export function runCell(
  settings: CellSettings,
  lengths: readonly number[],
  pre: Values,
  weight: Values,
  attention: Values,
): CellRun {
  const { units: H, directions, offsets } = settings;
  const { kind, combination } = cellTraits(settings.cell);
  const size = lengths.reduce((a, b) => a + b, 0) * directions;
  const make = (width: number) => new Float64Array(size * width);
  const [outputs, gates, cells] = [make(H), make(4 * H), make(H)];
  const states = [make(H), make(H)] as const;
  const weights = [make(offsets.length), make(offsets.length)] as const;
  for (const { d, rows } of sequences(directions, lengths)) {
    const rowOf = (step: number) => rows[step] ?? NaN;
    /** Combines the states `plane` into `out`, or takes them as they are. */
    const combine = (plane: 0 | 1, s: number, out: Float64Array) => {
      const past = combinedSteps(settings, s);
      const row = rowOf(s);
      if (past.length === 0) {
        out.set(states[plane].subarray(row * H, row * H + H), row * H);
        return;
      }
      const scores = past.map(({ step }) => {
        let score = 0;
        for (let u = 0; u < H && combination === 'attention'; u++)
          score += at(attention, d * H + u) * at(states[plane], rowOf(step) * H + u);
        return score;
      });
      const top = Math.max(...scores);
      const powers = scores.map((score) => Math.exp(score - top));
      const total = powers.reduce((a, b) => a + b, 0);
      past.forEach(({ k, step }, i) => {
        const share = at(powers, i) / total;
        weights[plane][row * offsets.length + k] = share;
        for (let u = 0; u < H; u++)
          add(out, row * H + u, share * at(states[plane], rowOf(step) * H + u));
      });
    };
    rows.forEach((row, s) => {
      const before = rowOf(s - 1);
      const z = Float64Array.from({ length: 4 * H }, (_, i) => at(pre, row * 4 * H + i));
      for (let k = 0; k < H && s > 0; k++) {
        const h = at(outputs, before * H + k);
        const base = (d * H + k) * 4 * H;
        for (let i = 0; i < 4 * H; i++) z[i] = at(z, i) + at(weight, base + i) * h;
      }
      for (let u = 0; u < H; u++) {
        const sums = z.subarray(4 * u, 4 * u + 4);
        const c = s > 0 ? at(cells, before * H + u) : 0;
        if (kind === 'gru') {
          const [r, update, inner] = [sigmoid(at(sums, 0)), sigmoid(at(sums, 1)), at(sums, 3)];
          const n = Math.tanh(at(sums, 2) + r * inner);
          gates.set([r, update, n, inner], (row * H + u) * 4);
          states[0][row * H + u] = (1 - update) * n + update * c;
          continue;
        }
        const gate = [...sums].map((x, g) => (g === 2 ? Math.tanh(x) : sigmoid(x)));
        gates.set(gate, (row * H + u) * 4);
        states[0][row * H + u] = at(gate, 1) * c + at(gate, 0) * at(gate, 2);
      }
      combine(0, s, cells);
      if (kind === 'gru') {
        outputs.set(cells.subarray(row * H, row * H + H), row * H);
        return;
      }
      for (let u = 0; u < H; u++) {
        const o = at(gates, (row * H + u) * 4 + 3);
        states[1][row * H + u] = o * Math.tanh(at(cells, row * H + u));
      }
      combine(1, s, outputs);
    });
  }
  return { outputs, gates, states, cells, weights };
}

/** Gradients of sum(dOutputs * outputs). */
export function cellGradients(
  settings: CellSettings,
  lengths: readonly number[],
  run: CellRun,
  weight: Values,
  attention: Values,
  dOutputs: Values,
): CellGradients {
  const { units: H, directions, offsets } = settings;
  const { kind, combination } = cellTraits(settings.cell);
  const dGates = new Float64Array(run.gates.length);
  const dAttention = new Float64Array(directions * H);
  const after = [
    new Float64Array(run.outputs.length),
    Float64Array.from(dOutputs), // what later steps add comes on top
  ] as const;
  for (const { d, rows } of sequences(directions, lengths)) {
    const rowOf = (step: number) => rows[step] ?? NaN;
    /** What combinations gave the raw states of each step. */
    const given = [0, 1].map(() => rows.map(() => new Float64Array(H))) as [
      Float64Array[],
      Float64Array[],
    ];
    /** Hands the gradient of the states `plane` after step s down; returns that of its raw ones. */
    const through = (plane: 0 | 1, s: number): Float64Array => {
      const past = combinedSteps(settings, s);
      const row = rowOf(s);
      const g = after[plane].subarray(row * H, row * H + H);
      const own = given[plane][s] ?? new Float64Array(H);
      if (past.length === 0) return own.map((x, u) => x + at(g, u));
      const share = (k: number) => at(run.weights[plane], row * offsets.length + k);
      const state = (step: number, u: number) => at(run.states[plane], rowOf(step) * H + u);
      const e = past.map(({ step }) => g.reduce((sum, x, u) => sum + x * state(step, u), 0));
      const mean = past.reduce((sum, { k }, i) => sum + share(k) * at(e, i), 0);
      past.forEach(({ k, step }, i) => {
        const slope = combination === 'attention' ? share(k) * (at(e, i) - mean) : 0;
        const target = given[plane][step] ?? new Float64Array(H);
        for (let u = 0; u < H; u++) {
          add(target, u, share(k) * at(g, u) + slope * at(attention, d * H + u));
          add(dAttention, d * H + u, slope * state(step, u));
        }
      });
      return own;
    };
    /** W_hh^T d gates goes to h' of the step before. */
    const throughWeights = (row: number, before: number, s: number) => {
      for (let k = 0; k < H && s > 0; k++) {
        let sum = 0;
        for (let i = 0; i < 4 * H; i++)
          sum += at(weight, (d * H + k) * 4 * H + i) * at(dGates, row * 4 * H + i);
        add(after[1], before * H + k, sum);
      }
    };
    for (let s = rows.length - 1; s >= 0; s--) {
      const [row, before] = [rowOf(s), rowOf(s - 1)];
      if (kind === 'gru') {
        // h' alone: what later steps gave it stands in after[1], what combinations gave in given[0]
        const own = after[1].subarray(row * H, row * H + H);
        for (let u = 0; u < H; u++) add(after[0], row * H + u, at(own, u));
        const dH = through(0, s);
        for (let u = 0; u < H; u++) {
          const [r, z, n, inner] = run.gates.subarray((row * H + u) * 4, (row * H + u) * 4 + 4);
          const h = s > 0 ? at(run.outputs, before * H + u) : 0;
          const dn = at(dH, u) * (1 - (z ?? NaN)) * (1 - (n ?? NaN) ** 2);
          const reset = dn * (inner ?? NaN) * (r ?? NaN) * (1 - (r ?? NaN));
          const update = at(dH, u) * (h - (n ?? NaN)) * (z ?? NaN) * (1 - (z ?? NaN));
          dGates.set([reset, update, dn, dn * (r ?? NaN)], (row * H + u) * 4);
          if (s > 0) add(after[0], before * H + u, at(dH, u) * (z ?? NaN));
        }
        throughWeights(row, before, s);
        continue;
      }
      const dH = through(1, s);
      const gate = (u: number, g: number) => at(run.gates, (row * H + u) * 4 + g);
      const t = Float64Array.from(dH, (_, u) => Math.tanh(at(run.cells, row * H + u)));
      for (let u = 0; u < H; u++)
        add(after[0], row * H + u, at(dH, u) * gate(u, 3) * (1 - at(t, u) ** 2));
      const dC = through(0, s);
      for (let u = 0; u < H; u++) {
        const [i, f, g, o] = [gate(u, 0), gate(u, 1), gate(u, 2), gate(u, 3)];
        const c = s > 0 ? at(run.cells, before * H + u) : 0;
        const dz = [
          at(dC, u) * g * i * (1 - i),
          at(dC, u) * c * f * (1 - f),
          at(dC, u) * i * (1 - g * g),
          at(dH, u) * at(t, u) * o * (1 - o),
        ];
        dGates.set(dz, (row * H + u) * 4);
        if (s > 0) add(after[0], before * H + u, at(dC, u) * f);
      }
      throughWeights(row, before, s);
    }
  }
  return { gates: dGates, attention: dAttention, after };
}
