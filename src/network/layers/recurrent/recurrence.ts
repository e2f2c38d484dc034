import type { Tensor } from '../../../graph/types.js';
import { transposeRecurrent } from '../../../kernels/recurrence/transpose_recurrent.js';
import type { RecurrenceTensors } from './common.js';
import { cooperativeBackward, cooperativeForward } from './cooperative.js';
import { persistentBackward, persistentForward } from './persistent.js';
import type { Recurrence } from './shape.js';
import { sliceBackward, sliceForward } from './slices.js';

/** Adds the cells over time, both directions at once, in the variant of the plan. */
export function buildRecurrenceForward(recurrence: Recurrence, tensors: RecurrenceTensors): void {
  const { forward: plan } = recurrence.net.plan;
  if (plan.variant === 'persistent') persistentForward(recurrence, tensors, plan);
  else if (plan.variant === 'steps') sliceForward(recurrence, tensors, plan);
  else cooperativeForward(recurrence, tensors, plan);
}

/** Adds the backward pass: gates are replaced by their gradients before the activations. */
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
  else if (plan.variant === 'steps') sliceBackward(recurrence, all, plan);
  else cooperativeBackward(recurrence, all, plan);
}
