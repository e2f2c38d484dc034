import { attendsToStates, combinesStates, stateCount } from '../core/cells.js';
import type { ModelConfig } from '../core/config.js';
import type { RecurrenceSize } from '../plan/workgroup-bytes.js';

/** Rounds up to a multiple of four: on the device every row of a tensor is whole vec4s. */
export function pad4(size: number): number {
  return Math.ceil(size / 4) * 4;
}

/** Sizes of a network on the device, padded; the padding is zero and stays so in training. */
export interface DeviceShape {
  /** Features, F. */
  readonly features: number;
  /** Frontend units, U. */
  readonly frontend: number;
  /** Recurrent units of one direction, H. */
  readonly units: number;
  readonly directions: number;
  /** D: units of both directions. */
  readonly width: number;
  /** Scalars that a step stores for later combinations and for backward, a direction. */
  readonly stateStride: number;
}

export function deviceShape(model: ModelConfig): DeviceShape {
  const { recurrent } = model;
  const units = pad4(recurrent.units);
  const directions = recurrent.bidirectional ? 2 : 1;
  const combines = combinesStates(recurrent.cell);
  const kinds = stateCount(recurrent.cell);
  return {
    features: pad4(model.features),
    frontend: pad4(model.frontend.units),
    units,
    directions,
    width: units * directions,
    stateStride: combines ? kinds * units + pad4(kinds * recurrent.offsets.length) : units,
  };
}

/** What the recurrence's workgroups have to hold. */
export function recurrenceSize({ recurrent }: ModelConfig): RecurrenceSize {
  const { cell, offsets } = recurrent;
  const attends = attendsToStates(cell);
  return { units: pad4(recurrent.units), scored: attends ? offsets.length : 0 };
}
