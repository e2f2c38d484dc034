import { attendsToStates, stateCount } from '../../../core/cells.js';
import type { RecurrentConfig } from '../../../core/config.js';
import { recurrenceTrace } from '../../../kernels/recurrence/recurrence_trace.js';
import type { RecurrenceTensors } from './common.js';
import type { Recurrence } from './shape.js';

/** The tensor [steps, directions, traceWidth] that `buildTrace` adds for a recurrent layer. */
export function traceName(layer: string): string {
  return `${layer}.trace`;
}

/** Trace values per step and direction: means of the four gates; with attention the weights of each kind of state [K]. */
export function traceWidth({ cell, offsets }: RecurrentConfig): number {
  const attends = attendsToStates(cell);
  return 4 + (attends ? stateCount(cell) * offsets.length : 0);
}

/** Adds the trace of a recurrence at each step. It is not an output, whose memory would never be freed. */
export function buildTrace(recurrence: Recurrence, { gates, states }: RecurrenceTensors): void {
  const { net, config, shape, time, attends, kinds } = recurrence;
  const width = traceWidth(config);
  const size = [time.capacity, shape.directions, width];
  const trace = net.builder.tensor(traceName(config.name), size, 'result');
  net.builder.dispatch(traceName(config.name), recurrenceTrace, {
    bindings: { gates, ...(attends && { states }), trace },
    uniforms: {
      frames: time.steps,
      directions: shape.directions,
      units: shape.units,
      own_units: config.units,
      state_stride: shape.stateStride,
      kinds,
      width,
    },
    defines: { ATTEND: attends ? 1 : 0, REAL: net.real },
  });
}
