import { combinedSteps } from './cell.js';
import type { RecurrenceData } from './recurrence.js';
import { slicesOf, wordsOf, type SlicePlan } from './slices.js';

/** One partial score: which word, and its value in f64. */
interface Score {
  readonly at: number;
  readonly value: number;
}

/**
 * Partial scores of every combination: vector . state of each slice, the vector `of(plane)` at a row
 * (frame * directions + direction).
 */
function scores(
  data: RecurrenceData,
  plan: SlicePlan,
  handed: 1 | 4,
  vector: (plane: number, row: number, unit: number) => number,
): Score[] {
  const { settings, lengths, run, attends, kinds } = data;
  const { directions, units, offsets } = settings;
  const { scores: first } = wordsOf(data, plan, handed);
  const slices = slicesOf(data, plan);
  const all: Score[] = [];
  if (!attends) return all;
  let start = 0;
  for (const length of lengths) {
    for (let i = 0; i < length * directions; i++) {
      const [s, d] = [Math.floor(i / directions), i % directions];
      const rowOf = (step: number) =>
        (start + (d === 0 ? step : length - 1 - step)) * directions + d;
      for (const { k, step } of combinedSteps(settings, s)) {
        for (let j = 0; j < slices * kinds; j++) {
          const [slice, plane] = [Math.floor(j / kinds), j % kinds];
          let value = 0;
          for (let u = slice * plan.slice; u < Math.min(units, (slice + 1) * plan.slice); u++) {
            const state = run.states[plane as 0 | 1][rowOf(step) * units + u] ?? NaN;
            value += vector(plane, rowOf(s), u) * state;
          }
          const at = first + ((rowOf(s) * slices + slice) * kinds + plane) * offsets.length + k;
          all.push({ at, value });
        }
      }
    }
    start += length;
  }
  return all;
}

function forwardScores(data: RecurrenceData, plan: SlicePlan): Score[] {
  const { units, directions } = data.settings;
  return scores(
    data,
    plan,
    1,
    (_, row, u) => data.attention[(row % directions) * units + u] ?? NaN,
  );
}

function backwardScores(data: RecurrenceData, plan: SlicePlan): Score[] {
  const { units } = data.settings;
  const { after } = data.expected;
  return scores(data, plan, 4, (plane, row, u) => after[plane as 0 | 1][row * units + u] ?? NaN);
}

function wordsFrom(data: RecurrenceData, plan: SlicePlan, handed: 1 | 4): Uint32Array {
  const { words } = wordsOf(data, plan, handed);
  const values = new Float32Array(words);
  values.set(handed === 1 ? data.run.outputs : data.expected.gates);
  const own = handed === 1 ? forwardScores(data, plan) : backwardScores(data, plan);
  for (const { at, value } of own) values[at] = value;
  return new Uint32Array(values.buffer).map((word) => (word === 0 ? 0x80000000 : word));
}

/** All words that the slices of a forward pass hand on to each other. */
export function forwardWords(data: RecurrenceData, plan: SlicePlan): Uint32Array {
  return wordsFrom(data, plan, 1);
}

/** Likewise of a backward pass. */
export function backwardWords(data: RecurrenceData, plan: SlicePlan): Uint32Array {
  return wordsFrom(data, plan, 4);
}

/** What units handed on of every frame: h', or their gradients; -0 stands for 0. */
export function unitWords(
  { run }: RecurrenceData,
  handed: 1 | 4,
  exchange: Uint32Array,
): Float32Array {
  const { buffer, byteOffset } = exchange;
  return plainZeros(new Float32Array(buffer, byteOffset, run.outputs.length * handed));
}

export function plainZeros(values: Float32Array): Float32Array {
  return values.map((x) => x + 0);
}

/** Partial scores as they were handed on, and as they should have been. */
export function scoreWords(
  data: RecurrenceData,
  plan: SlicePlan,
  handed: 1 | 4,
  exchange: Uint32Array,
): { got: number[]; expected: number[] } {
  const own = handed === 1 ? forwardScores(data, plan) : backwardScores(data, plan);
  const values = new Float32Array(exchange.buffer, exchange.byteOffset, exchange.length);
  return {
    got: own.map(({ at }) => values[at] ?? NaN),
    expected: own.map(({ value }) => value),
  };
}
