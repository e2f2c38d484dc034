import { attendsToStates, stateCount } from '../core/cells.js';
import type { ModelConfig } from '../core/config.js';
import { recurrentLayers } from '../core/layers.js';
import { pad4 } from '../kernels/descriptor.js';
import type { RecurrenceSize } from './workgroup-bytes.js';

/** Size of each recurrent layer. */
export function recurrenceSizes(model: ModelConfig): readonly RecurrenceSize[] {
  return recurrentLayers(model).map(({ cell, units, offsets }) => ({
    units: pad4(units),
    scored: attendsToStates(cell) ? offsets.length : 0,
    kinds: stateCount(cell),
  }));
}

/** The largest of a number, such as bytes of workgroup memory, over the recurrent layers of a model. */
export function largest(model: ModelConfig, numberOf: (size: RecurrenceSize) => number): number {
  return Math.max(...recurrenceSizes(model).map(numberOf));
}
