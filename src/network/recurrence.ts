import { cellTraits, stateCount } from '../core/cells.js';
import type { Quantity, Tensor } from '../graph/types.js';
import { recurrenceBackward } from '../kernels/recurrence/recurrence_backward.js';
import { recurrenceForward } from '../kernels/recurrence/recurrence_forward.js';
import { rolled, unrolled } from '../kernels/recurrence/recurrence_loops.js';
import { recurrenceSliceBackward } from '../kernels/recurrence/recurrence_slice_backward.js';
import { recurrenceSliceForward } from '../kernels/recurrence/recurrence_slice_forward.js';
import { transposeRecurrent } from '../kernels/recurrence/transpose_recurrent.js';
import type { NetworkContext } from './context.js';
import { reduceInto } from './gradients.js';
import type { SlicePlan, PersistentPlan } from '../plan/plan.js';

/** The tensors that the cells over time work on, for forward and backward alike. */
export interface RecurrenceTensors {
  /** [frames, directions, H, 4] */
  readonly gates: Tensor;
  /** [frames, directions, stateStride] */
  readonly states: Tensor;
  /** [frames, D] */
  readonly outputs: Tensor;
}

/** Reads that a cooperative workgroup waits for a word of another: seconds on the slowest GPU. */
const PATIENCE = 1_000_000;

/** Adds the cells over time, both directions at once, in the variant that the plan names. */
export function buildRecurrenceForward(net: NetworkContext, tensors: RecurrenceTensors): void {
  const plan = net.plan.forward;
  if (plan.variant === 'persistent') persistentForward(net, tensors, plan);
  else sliceForward(net, tensors, plan);
}

/** Adds the way back: gates become their gradients before the activations. */
export function buildRecurrenceBackward(
  net: NetworkContext,
  tensors: RecurrenceTensors,
  dOutputs: Tensor,
): void {
  const { builder, shape, plan } = net;
  const { directions, units } = shape;
  const transposed = net.activation('weight_hh.transposed', [directions, units, units, 4]);
  builder.dispatch('transpose weight_hh', transposeRecurrent, {
    bindings: { weight: net.parameter('recurrent.weight_hh'), out: transposed },
    uniforms: { directions, units },
    defines: { REAL: net.real },
  });
  if (plan.backward.variant === 'persistent') {
    persistentBackward(net, tensors, dOutputs, transposed, plan.backward);
  } else sliceBackward(net, tensors, dOutputs, transposed, plan.backward);
}

function commonBindings(net: NetworkContext, { gates, states }: RecurrenceTensors) {
  return {
    sequences: net.input('sequences'),
    gates,
    states,
    ...(net.attends && { attention: net.parameter('recurrent.attention') }),
  };
}

function commonUniforms({ shape, model }: NetworkContext) {
  return {
    rows: 'utterances',
    frames: 'frames',
    directions: shape.directions,
    units: shape.units,
    state_stride: shape.stateStride,
    period: model.recurrent.period,
  } as const;
}

/** What the kernels have to know of the cell. */
function cellDefines({ combines, attends, real, model }: NetworkContext) {
  const { cell, offsets } = model.recurrent;
  return {
    CELL: cellTraits(cell).wgsl,
    KINDS: stateCount(cell),
    COMBINE: combines ? 1 : 0,
    ATTEND: attends ? 1 : 0,
    OFFSET_COUNT: offsets.length,
    OFFSETS: offsets.map((k) => `${k}u`).join(', '),
    NEAREST_OFFSET: Math.min(...offsets),
    REAL: real,
  };
}

/** Defines and constants of a sweep over time for a tile of `rows` utterances on `lanes` lanes. */
function persistentOptions(net: NetworkContext, { rows, lanes, block, unroll }: PersistentPlan) {
  const { units } = net.shape;
  return {
    defines: {
      ...cellDefines(net),
      ROWS: rows,
      BLOCK: block,
      ONCE: net.model.recurrent.period >= net.farthest ? 1 : 0,
      UNITS_PER_LANE: Math.ceil(units / lanes),
      ...(unroll ? unrolled : rolled),
    },
    constants: { LANES: lanes, UNITS: units },
  };
}

/** Trip counts for loops that are not unrolled. */
function trips({ rows, block }: PersistentPlan) {
  return { tile_rows: rows, block };
}

function persistentForward(
  net: NetworkContext,
  tensors: RecurrenceTensors,
  plan: PersistentPlan,
): void {
  const weight = net.weight('recurrent.weight_hh');
  for (const { first, count } of net.timeSpans()) {
    net.builder.dispatch(`recurrence from step ${first}`, recurrenceForward, {
      bindings: { ...commonBindings(net, tensors), weight, outputs: tensors.outputs },
      uniforms: {
        ...commonUniforms(net),
        ...trips(plan),
        first_step: first,
        step_count: count,
      },
      ...persistentOptions(net, plan),
    });
  }
}

function persistentBackward(
  net: NetworkContext,
  tensors: RecurrenceTensors,
  dOutputs: Tensor,
  weight: Tensor,
  plan: PersistentPlan,
): void {
  const { builder, shape } = net;
  const { utterances } = net.capacity;
  const { directions, units } = shape;
  const { rows } = plan;
  const planes = 2 * rows + 1;
  const tiles: Quantity = {
    label: `utterances / ${rows}`,
    of: ({ utterances = 1 }) => Math.ceil(utterances / rows),
  };
  const carry = builder.tensor('carry', [planes, Math.ceil(utterances / rows), directions, units]);
  const { farthest } = net;
  let pending: Tensor | undefined;
  if (net.combines) {
    pending = builder.tensor('pending', [farthest, utterances, directions, net.kinds, units]);
    builder.clear(pending);
  }
  for (const { first, count } of net.timeSpans().reverse()) {
    builder.dispatch(`d recurrence down to step ${first}`, recurrenceBackward, {
      bindings: {
        ...commonBindings(net, tensors),
        weight,
        d_outputs: dOutputs,
        ...(pending && { pending }),
        carry,
      },
      uniforms: {
        ...commonUniforms(net),
        first_step: first,
        step_count: count,
        tiles,
        planes,
        ...trips(plan),
        ring: farthest,
        kinds: net.kinds,
      },
      ...persistentOptions(net, plan),
    });
  }
  if (net.attends) {
    const gradient = net.gradient('recurrent.attention');
    reduceInto(net, 'd recurrent.attention', carry, gradient, directions * units, tiles);
  }
}

function sliceForward(net: NetworkContext, tensors: RecurrenceTensors, plan: SlicePlan): void {
  const exchange = exchangeTensor(net, 'exchange', plan, 1);
  const weight = net.weight('recurrent.weight_hh');
  for (const { name, first, count, phase } of dispatches(net, plan)) {
    net.builder.dispatch(`recurrence ${name}`, recurrenceSliceForward, {
      bindings: {
        ...commonBindings(net, tensors),
        weight,
        outputs: tensors.outputs,
        ...(exchange && { exchange: exchange.tensor }),
      },
      uniforms: {
        ...sliceUniforms(net, plan, exchange?.words ?? 0),
        first_step: first,
        step_count: count,
        phase,
      },
      ...sliceOptions(net, plan),
    });
  }
}

function sliceBackward(
  net: NetworkContext,
  tensors: RecurrenceTensors,
  dOutputs: Tensor,
  weight: Tensor,
  plan: SlicePlan,
): void {
  const { builder, shape } = net;
  const { directions, units } = shape;
  const ring = net.combines ? net.farthest : 0;
  const planes = 3 + net.kinds * ring;
  const carry = builder.tensor('carry', [planes, net.capacity.utterances, directions, units]);
  builder.clear(carry);
  const exchange = exchangeTensor(net, 'd_exchange', plan, 4);
  for (const { name, first, count, phase } of dispatches(net, plan, true)) {
    builder.dispatch(`d recurrence ${name}`, recurrenceSliceBackward, {
      bindings: {
        ...commonBindings(net, tensors),
        weight,
        d_outputs: dOutputs,
        carry,
        ...(exchange && { exchange: exchange.tensor }),
      },
      uniforms: {
        ...sliceUniforms(net, plan, exchange?.words ?? 0),
        first_step: first,
        step_count: count,
        phase,
        planes,
        ring: Math.max(ring, 1),
      },
      ...sliceOptions(net, plan),
    });
  }
  if (net.attends) {
    const gradient = net.gradient('recurrent.attention');
    reduceInto(net, 'd recurrent.attention', carry, gradient, directions * units, 'utterances');
  }
}

interface SliceDispatch {
  readonly name: string;
  readonly first: number;
  readonly count: Quantity;
  readonly phase: number;
}

/**
 * `cooperative`: bounded spans of steps. `steps`: a dispatch a step, and one more for each kind of states where it
 * combines by attention.
 */
function dispatches(net: NetworkContext, plan: SlicePlan, down = false): SliceDispatch[] {
  if (plan.variant === 'cooperative') {
    const spans = down ? net.timeSpans().reverse() : net.timeSpans();
    const way = down ? 'down to' : 'from';
    return spans.map((span) => ({ ...span, name: `${way} step ${span.first}`, phase: 0 }));
  }
  const { period, offsets } = net.model.recurrent;
  const steps: SliceDispatch[][] = [];
  for (let step = 0; step < net.capacity.longest; step++) {
    const count: Quantity = {
      label: `longest > ${step}`,
      of: ({ longest = 0 }) => (longest > step ? 1 : 0),
    };
    const combining = net.attends && (step + 1) % period === 0 && step + 1 >= Math.min(...offsets);
    const phases = combining ? [...Array(net.kinds + 1).keys()] : [0];
    steps.push(
      phases.map((phase) => ({
        name: combining ? `step ${step} phase ${phase}` : `step ${step}`,
        first: step,
        count,
        phase,
      })),
    );
  }
  return (down ? steps.reverse() : steps).flat();
}

/** Words that workgroups hand on; see recurrence_slice_forward. Absent where there are none. */
function exchangeTensor(net: NetworkContext, name: string, plan: SlicePlan, handed: number) {
  const { shape, capacity, attends, model } = net;
  const cooperative = plan.variant === 'cooperative';
  if (!cooperative && !attends) return undefined;
  const { directions, units } = shape;
  const parts = attends ? slicesOf(net, plan) * net.kinds * model.recurrent.offsets.length : 0;
  const each = directions * ((cooperative ? units * handed : 0) + parts);
  const index = cooperative ? 'frames' : 'utterances';
  const tensor = net.builder.tensor(name, [capacity[index], each], 'transient', 'u32');
  if (cooperative) net.builder.clear(tensor);
  const words: Quantity = { label: `${index} * ${each}`, of: (s) => (s[index] ?? 0) * each };
  return { tensor, words };
}

function slicesOf(net: NetworkContext, plan: SlicePlan): number {
  return Math.ceil(net.shape.units / plan.units);
}

function sliceUniforms(net: NetworkContext, plan: SlicePlan, words: Quantity) {
  return { ...commonUniforms(net), slices: slicesOf(net, plan), patience: PATIENCE, words };
}

function sliceOptions(net: NetworkContext, plan: SlicePlan) {
  const { attends, combines } = net;
  const cooperative = plan.variant === 'cooperative';
  return {
    defines: {
      ...cellDefines(net),
      MEAN: combines && !attends ? 1 : 0,
      EXCHANGE: cooperative || attends ? 1 : 0,
      COOPERATIVE: cooperative ? 1 : 0,
      ROWS: plan.rows,
      SLICE: plan.units,
    },
    constants: { LANES: plan.lanes, UNITS: net.shape.units },
  };
}
