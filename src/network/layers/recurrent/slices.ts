import type { Quantity } from '../../../graph/types.js';
import { recurrenceSliceBackward } from '../../../kernels/recurrence/recurrence_slice_backward.js';
import { recurrenceSliceForward } from '../../../kernels/recurrence/recurrence_slice_forward.js';
import type { SlicePlan } from '../../../plan/plan.js';
import { reduceInto } from '../../gradients.js';
import {
  cellDefines,
  commonBindings,
  commonUniforms,
  type BackwardTensors,
  type RecurrenceTensors,
} from './common.js';
import type { Recurrence } from './shape.js';

/** Polls after which a cooperative workgroup stops waiting for another: seconds on the slowest GPU. */
const PATIENCE = 1_000_000;

export function sliceForward(
  recurrence: Recurrence,
  tensors: RecurrenceTensors,
  plan: SlicePlan,
): void {
  const { net, name } = recurrence;
  const exchange = exchangeTensor(recurrence, 'forward', plan, 1);
  const weight = net.weight(recurrence.own('weight_hh'));
  for (const { label, first, count, phase } of dispatches(recurrence, plan)) {
    net.builder.dispatch(`${name}: ${label}`, recurrenceSliceForward, {
      part: 'forward',
      bindings: {
        ...commonBindings(recurrence, tensors),
        weight,
        outputs: tensors.outputs,
        ...(exchange && { exchange: exchange.tensor }),
      },
      uniforms: {
        ...uniforms(recurrence, plan, exchange?.words ?? 0),
        first_step: first,
        step_count: count,
        phase,
      },
      ...options(recurrence, plan),
    });
  }
}

export function sliceBackward(
  recurrence: Recurrence,
  tensors: BackwardTensors,
  plan: SlicePlan,
): void {
  const { net, name, shape } = recurrence;
  const { builder } = net;
  const { directions, units } = shape;
  const ring = recurrence.combines ? recurrence.farthest : 0;
  const planes = 3 + recurrence.kinds * ring;
  const carry = builder.tensor(recurrence.own('carry'), [
    planes,
    net.capacity.utterances,
    directions,
    units,
  ]);
  builder.clear(carry, 'backward');
  const exchange = exchangeTensor(recurrence, 'backward', plan, 4);
  for (const { label, first, count, phase } of dispatches(recurrence, plan, true)) {
    builder.dispatch(`d ${name}: ${label}`, recurrenceSliceBackward, {
      part: 'backward',
      bindings: {
        ...commonBindings(recurrence, tensors),
        weight: tensors.transposed,
        d_outputs: tensors.dOutputs,
        carry,
        ...(exchange && { exchange: exchange.tensor }),
      },
      uniforms: {
        ...uniforms(recurrence, plan, exchange?.words ?? 0),
        first_step: first,
        step_count: count,
        phase,
        planes,
        ring: Math.max(ring, 1),
      },
      ...options(recurrence, plan),
    });
  }
  if (recurrence.attends) {
    const attention = recurrence.own('attention');
    const size = directions * units;
    reduceInto(net, `d ${attention}`, carry, net.gradient(attention), size, 'utterances');
  }
}

interface SliceDispatch {
  readonly label: string;
  readonly first: number;
  readonly count: Quantity;
  readonly phase: number;
}

/**
 * `cooperative`: bounded spans of steps. `steps`: a dispatch per step, and one more for each kind of state if it
 * combines states by attention.
 */
function dispatches(recurrence: Recurrence, plan: SlicePlan, down = false): SliceDispatch[] {
  const { net, time, config, attends, kinds } = recurrence;
  if (plan.variant === 'cooperative') {
    const spans = time.spans(net.plan.stepsPerDispatch);
    const way = down ? 'down to' : 'from';
    return (down ? spans.reverse() : spans).map((span) => ({
      ...span,
      label: `${way} step ${span.first}`,
      phase: 0,
    }));
  }
  const { period, offsets } = config;
  const { longest } = time;
  const steps: SliceDispatch[][] = [];
  for (let step = 0; step < time.longestCapacity; step++) {
    const count: Quantity = {
      label: `${longest} > ${step}`,
      of: (scalars) => ((scalars[longest] ?? 0) > step ? 1 : 0),
    };
    const combining = attends && (step + 1) % period === 0 && step + 1 >= Math.min(...offsets);
    const phases = combining ? [...Array(kinds + 1).keys()] : [0];
    steps.push(
      phases.map((phase) => ({
        label: combining ? `step ${step} phase ${phase}` : `step ${step}`,
        first: step,
        count,
        phase,
      })),
    );
  }
  return (down ? steps.reverse() : steps).flat();
}

/** Words that workgroups exchange; see recurrence_slice_forward. Absent if there are none. */
function exchangeTensor(
  recurrence: Recurrence,
  way: 'forward' | 'backward',
  plan: SlicePlan,
  handed: number,
) {
  const { net, shape, time, attends, config, kinds } = recurrence;
  const cooperative = plan.variant === 'cooperative';
  if (!cooperative && !attends) return undefined;
  const { directions, units } = shape;
  const parts = attends ? slicesOf(recurrence, plan) * kinds * config.offsets.length : 0;
  const each = directions * ((cooperative ? units * handed : 0) + parts);
  const [index, rows] = cooperative
    ? [time.steps, time.capacity]
    : ['utterances', net.capacity.utterances];
  const name = recurrence.own(way === 'forward' ? 'exchange' : 'd_exchange');
  const tensor = net.builder.tensor(name, [rows, each], 'transient', 'u32');
  if (cooperative) net.builder.clear(tensor, way);
  const words: Quantity = { label: `${index} * ${each}`, of: (s) => (s[index] ?? 0) * each };
  return { tensor, words };
}

function slicesOf({ shape }: Recurrence, plan: SlicePlan): number {
  return Math.ceil(shape.units / plan.units);
}

function uniforms(recurrence: Recurrence, plan: SlicePlan, words: Quantity) {
  const slices = slicesOf(recurrence, plan);
  return { ...commonUniforms(recurrence), slices, patience: PATIENCE, words };
}

function options(recurrence: Recurrence, plan: SlicePlan) {
  const { attends, combines, shape } = recurrence;
  const cooperative = plan.variant === 'cooperative';
  return {
    defines: {
      ...cellDefines(recurrence),
      MEAN: combines && !attends ? 1 : 0,
      EXCHANGE: cooperative || attends ? 1 : 0,
      COOPERATIVE: cooperative ? 1 : 0,
      ROWS: plan.rows,
      SLICE: plan.units,
    },
    constants: { LANES: plan.lanes, UNITS: shape.units },
  };
}
