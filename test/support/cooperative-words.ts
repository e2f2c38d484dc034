import { combinedSteps } from './cell.js';
import { slicesOf, slotsOf, type CooperativePlan, type Way } from './cooperative.js';
import type { RecurrenceData } from './recurrence.js';

/** A number that a workgroup sends to others. */
export interface Sent {
  readonly kind: 'unit' | 'score';
  readonly row: number;
  readonly step: number;
  readonly direction: number;
  /** The unit that it is of, or the number of the offset. */
  readonly index: number;
  /** The slice that sends it; of h' the one that has the unit. */
  readonly slice: number;
  readonly at: number;
  readonly phase: number;
  readonly value: number;
}

/** Sizes of the parts of `exchange`, as recurrence_cooperative.wgsl has them, and where probes begin. */
export function wordCounts(data: RecurrenceData, plan: CooperativePlan, way: Way) {
  const { settings, lengths, attends, kinds } = data;
  const { directions, units, offsets } = settings;
  const slices = slicesOf(data, plan);
  const handed =
    slotsOf(plan) * lengths.length * directions * units * (way === 'forward' ? 1 : slices);
  const scores = attends ? lengths.length * directions * kinds * offsets.length * slices : 0;
  const probes = handed + scores;
  return { handed, probes, words: probes + 2 * lengths.length * directions };
}

const phaseOf = (use: number) => 1 - (use % 2);

/** All numbers that are handed on after step `step` (of units) or within it (scores), from the f64 twin. */
export function sentAt(
  data: RecurrenceData,
  plan: CooperativePlan,
  way: Way,
  step: number,
): Sent[] {
  const { settings, lengths, run, expected, weight, attends, kinds, attention } = data;
  const { directions, units, offsets, period } = settings;
  const slices = slicesOf(data, plan);
  const { handed } = wordCounts(data, plan, way);
  const slots = slotsOf(plan);
  const nearest = Math.min(...offsets);
  const combinations = (s: number) =>
    Math.floor((s + 1) / period) - Math.floor((nearest - 1) / period);
  const all: Sent[] = [];
  let start = 0;
  for (const [row, length] of lengths.entries()) {
    for (let direction = 0; direction < directions && step < length; direction++) {
      const rowOf = (s: number) =>
        (start + (direction === 0 ? s : length - 1 - s)) * directions + direction;
      const use = way === 'forward' ? step : length - 1 - step;
      const slot = ((use % slots) * lengths.length + row) * directions + direction;
      const common = { row, step, direction };
      const unit = { ...common, kind: 'unit' as const, phase: phaseOf(Math.floor(use / slots)) };
      for (let index = 0; index < units; index++) {
        if (way === 'forward') {
          const value = run.outputs[rowOf(step) * units + index] ?? NaN;
          const slice = Math.floor(index / plan.slice);
          all.push({ ...unit, index, slice, at: slot * units + index, value });
          continue;
        }
        if (step === 0) continue; // nobody comes after
        for (let slice = 0; slice < slices; slice++) {
          let value = 0;
          for (let v = slice * plan.slice; v < Math.min(units, (slice + 1) * plan.slice); v++) {
            for (let gate = 0; gate < 4; gate++) {
              value +=
                (expected.gates[(rowOf(step) * units + v) * 4 + gate] ?? NaN) *
                (weight[((direction * units + index) * units + v) * 4 + gate] ?? NaN);
            }
          }
          all.push({ ...unit, index, slice, at: (slot * slices + slice) * units + index, value });
        }
      }
      const combined = attends ? combinedSteps(settings, step) : [];
      const before =
        way === 'forward' ? combinations(step) - 1 : combinations(length - 1) - combinations(step);
      const score = { ...common, kind: 'score' as const, phase: phaseOf(before) };
      // of all offsets, so that each place is used at each combination: those that reach before step 0 score 0
      for (const k of combined.length > 0 ? offsets.keys() : []) {
        const past = combined.find((own) => own.k === k)?.step;
        for (let plane = 0; plane < kinds; plane++) {
          for (let slice = 0; slice < slices; slice++) {
            let value = 0;
            for (let v = slice * plan.slice; v < Math.min(units, (slice + 1) * plan.slice); v++) {
              if (past === undefined) break;
              const factor =
                way === 'forward'
                  ? attention[direction * units + v]
                  : expected.after[plane as 0 | 1][rowOf(step) * units + v];
              value +=
                (factor ?? NaN) * (run.states[plane as 0 | 1][rowOf(past) * units + v] ?? NaN);
            }
            const place = ((row * directions + direction) * kinds + plane) * offsets.length + k;
            all.push({ ...score, index: k, slice, at: handed + place * slices + slice, value });
          }
        }
      }
    }
    start += length;
  }
  return all;
}

const bits = new Uint32Array(1);
const number = new Float32Array(bits.buffer);

/** A number as a word: its last bit is the phase. */
function wordOf(value: number, phase: number): number {
  number[0] = value;
  return (((bits[0] ?? 0) & 0xfffffffe) | phase) >>> 0;
}

/** The number in a word, and its phase. */
export function readWord(word: number): { value: number; phase: number } {
  bits[0] = word & 0xfffffffe;
  return { value: number[0] ?? NaN, phase: word & 1 };
}

/** `words` with what a dispatch of these steps waits for, if the plan says what others have sent. */
export function wordsBefore(
  data: RecurrenceData,
  plan: CooperativePlan,
  way: Way,
  words: Uint32Array,
  first: number,
  count: number,
): Uint32Array {
  const { sent } = plan;
  if (sent === undefined) return words;
  const filled = words.slice();
  const put = (step: number, kind: Sent['kind']) => {
    for (const word of sentAt(data, plan, way, step)) {
      if (word.kind === kind) filled[word.at] = wordOf(sent(word), word.phase);
    }
  };
  for (let step = first; step < first + count; step++) {
    put(way === 'forward' ? step - 1 : step + 1, 'unit');
    put(step, 'score');
  }
  return filled;
}
