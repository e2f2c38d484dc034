import { describe, expect, it } from 'vitest';
import {
  weightPlaces,
  type WeightPlace,
} from '../../src/kernels/recurrence/recurrence_cooperative.js';
import {
  cooperativeBackward,
  cooperativeForward,
  probeForward,
  type CooperativePlan,
  type Dispatched,
  type Way,
} from '../support/cooperative.js';
import { readWord, sentAt, type Sent } from '../support/cooperative-words.js';
import { expectBackward, expectForward, type RecurrenceData } from '../support/recurrence.js';
import {
  BACKWARD_TOLERANCE,
  FORWARD_TOLERANCE,
  MOST_UNITS,
  prepareSlices,
  shapeTitle,
  type SliceShape,
} from '../support/slice-shapes.js';

/** With weights in one of their places. */
interface Compiled extends SliceShape {
  readonly weights: WeightPlace;
}

/** Enough for words that are there. */
const PATIENCE = 1000;

const COMPILED: readonly Compiled[] = [
  { cell: 'lstm', offsets: [2], rows: 16, slice: 4, lanes: 16, weights: 'registers' },
  { cell: 'mean-lstm', offsets: [3, 1], rows: 8, slice: 12, lanes: 24, weights: 'streamed' },
  { cell: 'a-lstm', offsets: [5, 3, 1], rows: 4, slice: 8, lanes: 16, weights: 'workgroup' },
  { cell: 'a-lstm', offsets: [5, 3, 1], rows: 8, slice: 8, lanes: 24, weights: 'registers' },
  { cell: 'a-gru', offsets: [4, 1], rows: 4, slice: 8, lanes: 16, weights: 'streamed' },
];

function planOf(
  { rows, slice, lanes, weights }: Compiled,
  changes: Partial<CooperativePlan> = {},
): CooperativePlan {
  return { rows, slice, lanes, weights, steps: 64, patience: PATIENCE, ...changes };
}

const asIs = ({ value }: Sent) => value;

/** Forward and backward over all steps, and what the workgroups have handed on. */
async function expectBoth(data: RecurrenceData, plan: CooperativePlan) {
  const forward = await cooperativeForward(data, plan);
  expectForward(data, forward, FORWARD_TOLERANCE);
  let seen = expectWords(data, plan, 'forward', forward.dispatched);
  const backward = await cooperativeBackward(data, forward, plan);
  expectBackward(data, backward, BACKWARD_TOLERANCE);
  seen += expectWords(data, plan, 'backward', backward.dispatched);
  expect(seen).toBeGreaterThan(0);
}

/** What the last step of each dispatch handed on, which was not there before: the twin's numbers, and phases. */
function expectWords(
  data: RecurrenceData,
  plan: CooperativePlan,
  way: Way,
  dispatched: readonly Dispatched[],
): number {
  let worst = 0;
  let wrongPhases = 0;
  let seen = 0;
  for (const { first, count, words } of dispatched) {
    const last = way === 'forward' ? first + count - 1 : first;
    for (const { kind, at, phase, value } of sentAt(data, plan, way, last)) {
      if (kind === 'score' && plan.sent !== undefined) continue; // it was there
      const got = readWord(words[at] ?? 0);
      if (got.phase !== phase) wrongPhases++;
      worst = Math.max(worst, Math.abs(got.value - value));
      seen++;
    }
  }
  expect(wrongPhases).toBe(0);
  expect(worst).toBeLessThan(1e-4);
  return seen;
}

describe('cooperative', () => {
  for (const compiled of COMPILED) {
    const { slice } = compiled;

    it(`${shapeTitle(compiled)}: one slice, all steps at once and resumed`, async () => {
      for (const steps of [64, 3, 1]) {
        const data = await prepareSlices(
          compiled,
          `one slice ${shapeTitle(compiled)} ${steps}`,
          4,
          slice,
        );
        await expectBoth(data, planOf(compiled, { steps, slice: data.settings.units }));
      }
    });

    it(`${shapeTitle(compiled)}: slices whose words are there, in any order of workgroups`, async () => {
      // one after the other they need a slot for each step of a dispatch, and one for the step before
      for (const [steps, slots] of [
        [1, 2],
        [2, 3],
      ] as const) {
        const name = `words ${shapeTitle(compiled)} ${steps}`;
        // of two steps one combines at the most: its words are there once
        const data = await prepareSlices(compiled, name, slice + 4, MOST_UNITS, steps);
        await expectBoth(data, planOf(compiled, { steps, slots, sent: asIs }));
      }
    });

    it(`${shapeTitle(compiled)}: slices that wait for each other are right, or NaN`, async (ctx) => {
      const data = await prepareSlices(
        compiled,
        `at once ${shapeTitle(compiled)}`,
        slice + 4,
        MOST_UNITS,
      );
      // whether workgroups run at once is the adapter's affair
      const plan = planOf(compiled, { patience: 20_000 });
      const forward = await cooperativeForward(data, plan);
      if (forward.outputs.some(Number.isNaN)) expectNoOther(data.run.outputs, forward.outputs);
      else expectForward(data, forward, FORWARD_TOLERANCE);
      const kept = await cooperativeForward(data, planOf(compiled, { steps: 1, sent: asIs }));
      const backward = await cooperativeBackward(data, kept, plan);
      if (backward.dGates.some(Number.isNaN)) expectNoOther(data.expected.gates, backward.dGates);
      else expectBackward(data, backward, BACKWARD_TOLERANCE);
      const compared = [forward.outputs, backward.dGates].every((own) => !own.every(Number.isNaN));
      if (!compared) ctx.skip('workgroups do not run at once here: all waited in vain');
    });
  }

  it('is tested with weights in every place', () => {
    const tested = new Set(COMPILED.map(({ weights }) => weights));
    expect([...tested].sort()).toEqual([...weightPlaces].sort());
  });
});

/** Every number is right or NaN. */
function expectNoOther(expected: ArrayLike<number>, got: Float32Array): void {
  expect(got.length).toBe(expected.length);
  got.forEach((x, i) => {
    if (!Number.isNaN(x)) expect(Math.abs(x - (expected[i] ?? NaN))).toBeLessThan(1e-4);
  });
}

describe('a cooperative workgroup whose words do not come', () => {
  for (const compiled of COMPILED) {
    it(`${shapeTitle(compiled)}: ends and hands NaN on`, { timeout: 60_000 }, async () => {
      const name = `in vain ${shapeTitle(compiled)}`;
      const data = await prepareSlices(compiled, name, compiled.slice + 4, MOST_UNITS);
      // the first slice alone runs
      const plan = planOf(compiled, { patience: 1, groups: 1 });
      const forward = await cooperativeForward(data, plan);
      expectInVain(data, plan, forward.outputs, (s) => s > 0);
      expectSpoiled(data, plan, 'forward', forward.dispatched);
      const kept = await cooperativeForward(data, planOf(compiled, { steps: 1, sent: asIs }));
      const { dGates, dispatched } = await cooperativeBackward(data, kept, plan);
      expectInVain(data, plan, dGates, (s, length) => s < length - 1);
      expectSpoiled(data, plan, 'backward', dispatched);
    });

    it(`${shapeTitle(compiled)}: hands NaN on that another has handed it`, async () => {
      const name = `NaN ${shapeTitle(compiled)}`;
      const data = await prepareSlices(compiled, name, compiled.slice + 4, MOST_UNITS);
      const sent = (word: Sent) => (word.kind === 'unit' && word.slice > 0 ? NaN : word.value);
      const plan = planOf(compiled, { groups: 1, steps: 1, sent });
      const forward = await cooperativeForward(data, plan);
      expectInVain(data, plan, forward.outputs, (s) => s > 0);
      const kept = await cooperativeForward(data, planOf(compiled, { steps: 1, sent: asIs }));
      const { dGates } = await cooperativeBackward(data, kept, plan);
      expectInVain(data, plan, dGates, (s, length) => s < length - 1);
    });
  }
});

/** Where the first slice had to wait its values are NaN. */
function expectInVain(
  { settings, lengths }: RecurrenceData,
  { slice }: CooperativePlan,
  values: Float32Array,
  waits: (s: number, length: number) => boolean,
): void {
  const { directions, units } = settings;
  const each = values.length / (lengths.reduce((a, b) => a + b, 0) * directions * units);
  let first = 0;
  let waited = 0;
  for (const length of lengths) {
    for (let s = 0; s < length; s++) {
      if (!waits(s, length)) continue;
      for (let d = 0; d < directions; d++) {
        const row = ((first + (d === 0 ? s : length - 1 - s)) * directions + d) * units * each;
        const own = values.subarray(row, row + slice * each);
        expect(own.every(Number.isNaN), `values of step ${s}`).toBe(true);
        waited++;
      }
    }
    first += length;
  }
  expect(waited).toBeGreaterThan(0);
}

/** What the first slice handed on last, after it had to wait, is NaN. */
function expectSpoiled(
  data: RecurrenceData,
  plan: CooperativePlan,
  way: Way,
  dispatched: readonly Dispatched[],
): void {
  const words = dispatched.at(-1)?.words ?? new Uint32Array();
  const step = way === 'forward' ? data.longest - 1 : 1;
  const late = sentAt(data, plan, way, step).filter(({ kind, slice, row }) => {
    const waited = way === 'forward' || step < (data.lengths[row] ?? 0) - 1;
    return kind === 'unit' && slice === 0 && waited;
  });
  expect(late.length).toBeGreaterThan(0);
  for (const { at } of late) expect(readWord(words[at] ?? 0).value).toBeNaN();
}

describe('a probe of workgroups that are to run at once', () => {
  const compiled = COMPILED[2] as Compiled;

  it('counts those of each tile and direction, and those that waited in vain', async () => {
    const data = await prepareSlices(compiled, 'probe', compiled.slice + 4, MOST_UNITS);
    const slices = Math.ceil(data.settings.units / compiled.slice);
    const lonely = await probeForward(data, planOf(compiled, { groups: 1, patience: 10 }));
    expect(lonely.length).toBeGreaterThan(0);
    lonely.forEach((x) => expect(x).toBe(1)); // one came, one waited in vain
    const all = await probeForward(data, planOf(compiled, { patience: 20_000 }));
    all.forEach((x, i) => {
      if (i % 2 === 0) expect(x).toBe(slices);
      else expect(x).toBeLessThan(slices); // the last to come never waits
    });
  });

  it('finds one slice alone at once', async () => {
    const data = await prepareSlices(compiled, 'probe of one', 4, compiled.slice);
    const plan = planOf(compiled, { slice: data.settings.units, patience: 0 });
    const words = await probeForward(data, plan);
    words.forEach((x, i) => expect(x).toBe(i % 2 === 0 ? 1 : 0));
  });
});
