import { cellTraits } from '../../../core/cells.js';
import type { Tensor } from '../../../graph/types.js';
import type { Recurrence } from './shape.js';

/** The tensors that the cells over time work on, for forward and backward alike. */
export interface RecurrenceTensors {
  /** [steps, directions, H, 4] gates after their activations, in the order of the cell's WGSL. */
  readonly gates: Tensor;
  /** [steps, directions, stateStride] raw C and h (for a GRU only h), and combination weights. */
  readonly states: Tensor;
  /** [steps, D] the layer's output h', before dropout. */
  readonly outputs: Tensor;
}

/** Additional tensors of the backward pass. */
export interface BackwardTensors extends RecurrenceTensors {
  readonly dOutputs: Tensor;
  /** weight_hh [dir, u, k, 4] */
  readonly transposed: Tensor;
}

export function commonBindings(recurrence: Recurrence, { gates, states }: RecurrenceTensors) {
  const { net, time, attends } = recurrence;
  return {
    sequences: time.sequences,
    gates,
    states,
    ...(attends && { attention: net.parameter(recurrence.own('attention')) }),
  };
}

export function commonUniforms({ shape, config, time }: Recurrence) {
  return {
    rows: 'utterances',
    frames: time.steps,
    directions: shape.directions,
    units: shape.units,
    state_stride: shape.stateStride,
    period: config.period,
  } as const;
}

/** What the kernels have to know of the cell. */
export function cellDefines({ combines, attends, kinds, net, config }: Recurrence) {
  const { cell, offsets } = config;
  return {
    CELL: cellTraits(cell).wgsl,
    KINDS: kinds,
    COMBINE: combines ? 1 : 0,
    ATTEND: attends ? 1 : 0,
    OFFSET_COUNT: offsets.length,
    OFFSETS: offsets.map((k) => `${k}u`).join(', '),
    NEAREST_OFFSET: Math.min(...offsets),
    REAL: net.real,
  };
}
