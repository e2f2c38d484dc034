import { cellTraits } from '../../../core/cells.js';
import type { Tensor } from '../../../graph/types.js';
import { transposeRecurrent } from '../../../kernels/recurrence/transpose_recurrent.js';
import { persistentBackward, persistentForward } from './persistent.js';
import type { Recurrence } from './shape.js';
import { sliceBackward, sliceForward } from './slices.js';

/** The tensors that the cells over time work on, for forward and backward alike. */
export interface RecurrenceTensors {
  /** [steps, directions, H, 4] gates after their activations, as the cell's WGSL has them. */
  readonly gates: Tensor;
  /** [steps, directions, stateStride] raw C and h (of a GRU h), and combination weights. */
  readonly states: Tensor;
  /** [steps, D] the layer's output h', before dropout. */
  readonly outputs: Tensor;
}

/** What the way back has beside them. */
export interface BackwardTensors extends RecurrenceTensors {
  readonly dOutputs: Tensor;
  /** weight_hh [dir, u, k, 4] */
  readonly transposed: Tensor;
}

/** Adds the cells over time, both directions at once, in the variant that the plan names. */
export function buildRecurrenceForward(recurrence: Recurrence, tensors: RecurrenceTensors): void {
  const { forward: plan } = recurrence.net.plan;
  if (plan.variant === 'persistent') persistentForward(recurrence, tensors, plan);
  else sliceForward(recurrence, tensors, plan);
}

/** Adds the way back: gates become their gradients before the activations. */
export function buildRecurrenceBackward(
  recurrence: Recurrence,
  tensors: RecurrenceTensors,
  dOutputs: Tensor,
): void {
  const { net, shape } = recurrence;
  const { directions, units } = shape;
  const weight = recurrence.own('weight_hh');
  const transposed = net.activation(`${weight}.transposed`, [directions, units, units, 4]);
  net.builder.dispatch(`transpose ${weight}`, transposeRecurrent, {
    part: 'backward',
    bindings: { weight: net.parameter(weight), out: transposed },
    uniforms: { directions, units },
    defines: { REAL: net.real },
  });
  const { backward: plan } = net.plan;
  const all = { ...tensors, dOutputs, transposed };
  if (plan.variant === 'persistent') persistentBackward(recurrence, all, plan);
  else sliceBackward(recurrence, all, plan);
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
export function cellDefines({ combines, attends, net, config }: Recurrence) {
  const { cell, offsets } = config;
  return {
    LSTM: cellTraits(cell).kind === 'lstm' ? 1 : 0,
    COMBINE: combines ? 1 : 0,
    ATTEND: attends ? 1 : 0,
    OFFSET_COUNT: offsets.length,
    OFFSETS: offsets.map((k) => `${k}u`).join(', '),
    NEAREST_OFFSET: Math.min(...offsets),
    REAL: net.real,
  };
}
