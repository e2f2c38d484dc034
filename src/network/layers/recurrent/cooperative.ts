import type { Quantity } from '../../../graph/types.js';
import {
  backwardShare,
  forwardShare,
  SLOTS,
  weightPlaces,
} from '../../../kernels/recurrence/recurrence_cooperative.js';
import { recurrenceCooperativeBackward } from '../../../kernels/recurrence/recurrence_cooperative_backward.js';
import { recurrenceCooperativeForward } from '../../../kernels/recurrence/recurrence_cooperative_forward.js';
import type { CooperativePlan } from '../../../plan/plan.js';
import { reduceInto } from '../../gradients.js';
import {
  cellDefines,
  commonBindings,
  commonUniforms,
  type BackwardTensors,
  type RecurrenceTensors,
} from './common.js';
import type { Recurrence } from './shape.js';

/** Polls after which a workgroup stops waiting for another: seconds on the slowest GPU. */
const PATIENCE = 1_000_000;
/** Quads of h' of which a lane loads all words before it waits for any. */
const MOST_IN_FLIGHT = 4;

type Way = 'forward' | 'backward';

/** Steps of a dispatch; `probing`: one that only finds out whether its workgroups run at once. */
interface Span {
  readonly first: number;
  readonly count: Quantity | number;
  readonly probing?: boolean;
}

export function cooperativeForward(
  recurrence: Recurrence,
  tensors: RecurrenceTensors,
  plan: CooperativePlan,
): void {
  const { net, name, time } = recurrence;
  const exchange = exchangeTensor(recurrence, 'forward', plan);
  for (const span of time.spans(net.plan.stepsPerDispatch)) {
    forwardPass(`${name}: from step ${span.first}`, recurrence, tensors, plan, exchange, span);
  }
}

function forwardPass(
  label: string,
  recurrence: Recurrence,
  tensors: RecurrenceTensors,
  plan: CooperativePlan,
  exchange: Exchange,
  span: Span,
): void {
  const { net, shape } = recurrence;
  const { quads, kept } = forwardShare(plan, shape.units);
  const batch = Math.ceil((shape.units * plan.rows) / 4 / plan.lanes);
  net.builder.dispatch(label, recurrenceCooperativeForward, {
    part: 'forward',
    bindings: {
      ...commonBindings(recurrence, tensors),
      weight: net.weight(recurrence.own('weight_hh')),
      outputs: tensors.outputs,
      exchange: exchange.tensor,
    },
    uniforms: uniforms(recurrence, plan, exchange, span),
    defines: {
      ...defines(recurrence, plan),
      LANE_QUADS: quads,
      KEPT: kept,
      BATCH: Math.min(batch, MOST_IN_FLIGHT),
    },
    constants: { LANES: plan.lanes, UNITS: shape.units },
  });
}

export function cooperativeBackward(
  recurrence: Recurrence,
  tensors: BackwardTensors,
  plan: CooperativePlan,
): void {
  const { net, name, shape, time } = recurrence;
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
  const exchange = exchangeTensor(recurrence, 'backward', plan);
  const share = backwardShare(plan, units);
  for (const span of time.spans(net.plan.stepsPerDispatch).reverse()) {
    builder.dispatch(`d ${name}: down to step ${span.first}`, recurrenceCooperativeBackward, {
      part: 'backward',
      bindings: {
        ...commonBindings(recurrence, tensors),
        weight: tensors.transposed,
        d_outputs: tensors.dOutputs,
        carry,
        exchange: exchange.tensor,
      },
      uniforms: {
        ...uniforms(recurrence, plan, exchange, span),
        planes,
        ring: Math.max(ring, 1),
      },
      defines: {
        ...defines(recurrence, plan),
        SLICES: slicesOf(recurrence, plan),
        LANE_ROWS: share.rows,
        PARTS: share.parts,
        SPLIT: share.parts > 1 ? 1 : 0,
        KEPT: share.kept,
      },
      constants: { LANES: plan.lanes, UNITS: units },
    });
  }
  if (recurrence.attends) {
    const attention = recurrence.own('attention');
    const size = directions * units;
    reduceInto(net, `d ${attention}`, carry, net.gradient(attention), size, 'utterances');
  }
}

type Exchange = ReturnType<typeof exchangeTensor>;

/** Words that workgroups hand on to each other; see recurrence_cooperative. Zero at the start. */
function exchangeTensor(recurrence: Recurrence, way: Way, plan: CooperativePlan) {
  const { net, shape, attends, config, kinds } = recurrence;
  const { directions, units } = shape;
  const slices = slicesOf(recurrence, plan);
  const handed = way === 'forward' ? 1 : slices;
  const scores = attends ? slices * kinds * config.offsets.length : 0;
  // two words of probes a tile, which has at least one row
  const each = directions * (SLOTS * handed * units + scores + 2);
  const name = recurrence.own(way === 'forward' ? 'exchange' : 'd_exchange');
  const tensor = net.builder.tensor(name, [net.capacity.utterances, each], 'transient', 'u32');
  net.builder.clear(tensor, way);
  const words: Quantity = {
    label: `utterances * ${each}`,
    of: ({ utterances = 0 }) => utterances * each,
  };
  return { tensor, words };
}

function slicesOf({ shape }: Recurrence, plan: CooperativePlan): number {
  return Math.ceil(shape.units / plan.units);
}

function uniforms(
  recurrence: Recurrence,
  plan: CooperativePlan,
  { words }: Exchange,
  { first, count, probing = false }: Span,
) {
  return {
    ...commonUniforms(recurrence),
    first_step: first,
    step_count: count,
    slices: slicesOf(recurrence, plan),
    patience: PATIENCE,
    words,
    probing: probing ? 1 : 0,
  };
}

function defines(recurrence: Recurrence, plan: CooperativePlan) {
  const { attends, combines } = recurrence;
  return {
    ...cellDefines(recurrence),
    MEAN: combines && !attends ? 1 : 0,
    ROWS: plan.rows,
    SLICE: plan.units,
    WEIGHTS: weightPlaces.indexOf(plan.weights ?? 'workgroup'),
  };
}
