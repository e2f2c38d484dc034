import { type CellSettings } from './cell.js';
import { Draw } from './kernel.js';
import { prepareRecurrence } from './recurrence.js';

/** What a kernel split by units is compiled for: compiling takes most of the time, so each serves several shapes. */
export interface SliceShape {
  readonly cell: CellSettings['cell'];
  readonly offsets: readonly number[];
  readonly rows: number;
  readonly slice: number;
  readonly lanes: number;
}

/** Most units of the shapes. */
export const MOST_UNITS = 20;

export const FORWARD_TOLERANCE = 2e-6;
export const BACKWARD_TOLERANCE = 1e-5;

export const shapeTitle = (shape: SliceShape) => JSON.stringify(shape).replace(/["{}]/g, '');

/** Data for it: units low…high, directions, period (at least the given one) and lengths at random. */
export function prepareSlices(
  { cell, offsets }: SliceShape,
  name: string,
  low: number,
  high: number,
  period = 0,
) {
  const draw = new Draw(`slices ${name}`);
  const settings: CellSettings = {
    cell,
    offsets,
    units: 4 * draw.size(low / 4, high / 4),
    directions: draw.size(1, 2),
    period: Math.max(period, draw.size(1, 4)),
  };
  const { lengths } = draw.utterances(draw.size(0, 9), 7);
  return prepareRecurrence(name, settings, [7, ...lengths]);
}
