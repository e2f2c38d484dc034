import { recurrenceTrace } from '../kernels/recurrence/recurrence_trace.js';
import { attendsToStates, stateCount } from '../core/cells.js';
import type { ModelConfig } from '../core/config.js';
import type { NetworkContext } from './context.js';
import type { Activations } from './forward.js';

/** The tensor [frames, directions, traceWidth] that `buildTrace` leaves. */
export const TRACE = 'recurrence.trace';

/** Values of the trace a frame and direction: means of the four gates; with attention the weights of each kind of state [K]. */
export function traceWidth({ recurrent }: ModelConfig): number {
  const { cell, offsets } = recurrent;
  const attends = attendsToStates(cell);
  return 4 + (attends ? stateCount(cell) * offsets.length : 0);
}

/**
 * Adds what the recurrence did at each frame. It has to be the program's last pass: the trace is no
 * output, whose memory would be held for good, and nothing may take its buffer before it is read.
 */
export function buildTrace(net: NetworkContext, { gates, states }: Activations): void {
  const { builder, shape, model, capacity } = net;
  const width = traceWidth(model);
  const trace = builder.tensor(TRACE, [capacity.frames, shape.directions, width]);
  builder.dispatch('recurrence trace', recurrenceTrace, {
    bindings: { gates, ...(net.attends && { states }), trace },
    uniforms: {
      frames: 'frames',
      directions: shape.directions,
      units: shape.units,
      own_units: model.recurrent.units,
      state_stride: shape.stateStride,
      kinds: net.kinds,
      width,
    },
    defines: { ATTEND: net.attends ? 1 : 0, REAL: net.real },
  });
}
