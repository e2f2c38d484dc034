import { describe, it } from 'vitest';
import { expectBackward, expectForward, type RecurrenceData } from '../support/recurrence.js';
import { sliceBackward, sliceForward, type SlicePlan } from '../support/slices.js';
import {
  BACKWARD_TOLERANCE,
  FORWARD_TOLERANCE,
  MOST_UNITS,
  prepareSlices,
  shapeTitle,
  type SliceShape,
} from '../support/slice-shapes.js';

const STEPS: readonly SliceShape[] = [
  { cell: 'lstm', offsets: [2], rows: 8, slice: 4, lanes: 20 },
  { cell: 'mean-lstm', offsets: [4, 2], rows: 4, slice: 8, lanes: 8 },
  { cell: 'a-lstm', offsets: [3, 2], rows: 8, slice: 8, lanes: 16 },
  { cell: 'a-lstm', offsets: [5, 3, 1], rows: 4, slice: 12, lanes: 26 },
  { cell: 'gru', offsets: [2], rows: 4, slice: 8, lanes: 8 },
  { cell: 'a-gru', offsets: [3, 1], rows: 8, slice: 8, lanes: 16 },
];

function planOf({ rows, slice, lanes }: SliceShape): SlicePlan {
  return { rows, slice, lanes, most: MOST_UNITS };
}

/** Forward and backward over all steps. */
async function expectBoth(data: RecurrenceData, plan: SlicePlan) {
  const forward = await sliceForward(data, plan);
  expectForward(data, forward, FORWARD_TOLERANCE);
  const backward = await sliceBackward(data, forward, plan);
  expectBackward(data, backward, BACKWARD_TOLERANCE);
  return { forward, backward };
}

describe('steps', () => {
  for (const compiled of STEPS) {
    it(`${shapeTitle(compiled)}: forward and backward against f64`, async () => {
      for (let n = 0; n < 3; n++) {
        const data = await prepareSlices(
          compiled,
          `steps ${shapeTitle(compiled)} ${n}`,
          4,
          MOST_UNITS,
        );
        await expectBoth(data, planOf(compiled));
      }
    });
  }
});
