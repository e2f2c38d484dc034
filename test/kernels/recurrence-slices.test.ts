import { describe, it } from 'vitest';
import type { CellSettings } from '../support/cell.js';
import { Draw } from '../support/kernel.js';
import {
  expectBackward,
  expectForward,
  prepareRecurrence,
  type RecurrenceData,
} from '../support/recurrence.js';
import { sliceBackward, sliceForward, type SlicePlan } from '../support/slices.js';

/** What a kernel is compiled for: compiling takes most of the time, so each serves several shapes. */
interface Compiled {
  readonly cell: CellSettings['cell'];
  readonly offsets: readonly number[];
  readonly rows: number;
  readonly slice: number;
  readonly lanes: number;
}

const FORWARD = 2e-6;
const BACKWARD = 1e-5;
/** Units that workgroups have memory for. */
const MOST_UNITS = 20;

const STEPS: readonly Compiled[] = [
  { cell: 'lstm', offsets: [2], rows: 8, slice: 4, lanes: 20 },
  { cell: 'mean-lstm', offsets: [4, 2], rows: 4, slice: 8, lanes: 8 },
  { cell: 'a-lstm', offsets: [3, 2], rows: 8, slice: 8, lanes: 16 },
  { cell: 'a-lstm', offsets: [5, 3, 1], rows: 4, slice: 12, lanes: 26 },
  { cell: 'gru', offsets: [2], rows: 4, slice: 8, lanes: 8 },
  { cell: 'a-gru', offsets: [3, 1], rows: 8, slice: 8, lanes: 16 },
];
const title = (compiled: Compiled) => JSON.stringify(compiled).replace(/["{}]/g, '');

function planOf({ rows, slice, lanes }: Compiled): SlicePlan {
  return { rows, slice, lanes, most: MOST_UNITS };
}

/** A shape of the compiled cell: units low…high, directions, period and lengths at random. */
function prepare({ cell, offsets }: Compiled, name: string, low: number, high: number) {
  const draw = new Draw(`slices ${name}`);
  const settings: CellSettings = {
    cell,
    offsets,
    units: 4 * draw.size(low / 4, high / 4),
    directions: draw.size(1, 2),
    period: draw.size(1, 4),
  };
  const { lengths } = draw.utterances(draw.size(0, 9), 7);
  return prepareRecurrence(name, settings, [7, ...lengths]);
}

/** Forward and backward over all steps. */
async function expectBoth(data: RecurrenceData, plan: SlicePlan) {
  const forward = await sliceForward(data, plan);
  expectForward(data, forward, FORWARD);
  const backward = await sliceBackward(data, forward, plan);
  expectBackward(data, backward, BACKWARD);
  return { forward, backward };
}

describe('steps', () => {
  for (const compiled of STEPS) {
    it(`${title(compiled)}: forward and backward against f64`, async () => {
      for (let n = 0; n < 3; n++) {
        const data = await prepare(compiled, `steps ${title(compiled)} ${n}`, 4, MOST_UNITS);
        await expectBoth(data, planOf(compiled));
      }
    });
  }
});
