import type { Quantity, Tensor } from '../../../graph/types.js';
import { recurrenceBackward } from '../../../kernels/recurrence/recurrence_backward.js';
import { recurrenceForward } from '../../../kernels/recurrence/recurrence_forward.js';
import { rolled, rowDefines, unrolled } from '../../../kernels/recurrence/recurrence_loops.js';
import type { PersistentPlan } from '../../../plan/plan.js';
import { reduceInto } from '../../gradients.js';
import {
  cellDefines,
  commonBindings,
  commonUniforms,
  type BackwardTensors,
  type RecurrenceTensors,
} from './common.js';
import type { Recurrence } from './shape.js';

/** Defines and constants for a workgroup that loops over time for `rows` utterances on `lanes` lanes. */
function options(recurrence: Recurrence, plan: PersistentPlan) {
  const { rows, lanes, block, unroll, parts = 1 } = plan;
  const { shape, config, farthest } = recurrence;
  const { units } = shape;
  return {
    defines: {
      ...cellDefines(recurrence),
      ...rowDefines(rows, parts),
      BLOCK: block,
      ONCE: config.period >= farthest ? 1 : 0,
      UNITS_PER_LANE: Math.ceil((units * parts) / lanes),
      ...(unroll ? unrolled : rolled),
    },
    constants: { LANES: lanes, UNITS: units },
  };
}

/** Trip counts for loops that are not unrolled. */
function trips({ rows, block }: PersistentPlan) {
  return { tile_rows: rows, block };
}

export function persistentForward(
  recurrence: Recurrence,
  tensors: RecurrenceTensors,
  plan: PersistentPlan,
): void {
  const { net, name, time } = recurrence;
  const weight = net.weight(recurrence.own('weight_hh'));
  for (const { first, count } of time.spans(net.plan.stepsPerDispatch)) {
    net.builder.dispatch(`${name}: from step ${first}`, recurrenceForward, {
      part: 'forward',
      bindings: { ...commonBindings(recurrence, tensors), weight, outputs: tensors.outputs },
      uniforms: {
        ...commonUniforms(recurrence),
        ...trips(plan),
        first_step: first,
        step_count: count,
      },
      ...options(recurrence, plan),
    });
  }
}

export function persistentBackward(
  recurrence: Recurrence,
  tensors: BackwardTensors,
  plan: PersistentPlan,
): void {
  const { net, name, shape, time, farthest, kinds } = recurrence;
  const { builder } = net;
  const { utterances } = net.capacity;
  const { directions, units } = shape;
  const { rows } = plan;
  const planes = 2 * rows + 1;
  const tiles: Quantity = {
    label: `utterances / ${rows}`,
    of: ({ utterances = 1 }) => Math.ceil(utterances / rows),
  };
  const carry = builder.tensor(recurrence.own('carry'), [
    planes,
    Math.ceil(utterances / rows),
    directions,
    units,
  ]);
  let pending: Tensor | undefined;
  if (recurrence.combines) {
    pending = builder.tensor(recurrence.own('pending'), [
      farthest,
      utterances,
      directions,
      kinds,
      units,
    ]);
    builder.clear(pending, 'backward');
  }
  for (const { first, count } of time.spans(net.plan.stepsPerDispatch).reverse()) {
    builder.dispatch(`d ${name}: down to step ${first}`, recurrenceBackward, {
      part: 'backward',
      bindings: {
        ...commonBindings(recurrence, tensors),
        weight: tensors.transposed,
        d_outputs: tensors.dOutputs,
        ...(pending && { pending }),
        carry,
      },
      uniforms: {
        ...commonUniforms(recurrence),
        first_step: first,
        step_count: count,
        tiles,
        planes,
        ...trips(plan),
        ring: farthest,
        kinds,
      },
      ...options(recurrence, plan),
    });
  }
  if (recurrence.attends) {
    const attention = recurrence.own('attention');
    const size = directions * units;
    reduceInto(net, `d ${attention}`, carry, net.gradient(attention), size, tiles);
  }
}
