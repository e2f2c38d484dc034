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
import type { Way } from '../../../plan/workgroup-bytes.js';
import { attentionGradient, carryTensor } from './carry.js';
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

export function cooperativeForward(
  recurrence: Recurrence,
  tensors: RecurrenceTensors,
  plan: CooperativePlan,
): void {
  const { net, name, shape, time } = recurrence;
  const { units } = shape;
  const exchange = exchangeTensor(recurrence, 'forward', plan);
  const { quads, kept } = forwardShare(plan, units);
  const batch = Math.ceil((units * plan.rows) / 4 / plan.lanes);
  for (const { first, count } of time.spans(net.plan.stepsPerDispatch)) {
    net.builder.dispatch(`${name}: from step ${first}`, recurrenceCooperativeForward, {
      part: 'forward',
      bindings: {
        ...commonBindings(recurrence, tensors),
        weight: net.weight(recurrence.own('weight_hh')),
        outputs: tensors.outputs,
        exchange: exchange.tensor,
      },
      uniforms: {
        ...uniforms(recurrence, plan, exchange),
        first_step: first,
        step_count: count,
      },
      defines: {
        ...defines(recurrence, plan),
        LANE_QUADS: quads,
        KEPT: kept,
        BATCH: Math.min(batch, MOST_IN_FLIGHT),
      },
      constants: { LANES: plan.lanes, UNITS: units },
    });
  }
}

export function cooperativeBackward(
  recurrence: Recurrence,
  tensors: BackwardTensors,
  plan: CooperativePlan,
): void {
  const { net, name, shape, time } = recurrence;
  const { units } = shape;
  const carry = carryTensor(recurrence);
  const exchange = exchangeTensor(recurrence, 'backward', plan);
  const share = backwardShare(plan, units);
  for (const { first, count } of time.spans(net.plan.stepsPerDispatch).reverse()) {
    net.builder.dispatch(`d ${name}: down to step ${first}`, recurrenceCooperativeBackward, {
      part: 'backward',
      bindings: {
        ...commonBindings(recurrence, tensors),
        weight: tensors.transposed,
        d_outputs: tensors.dOutputs,
        carry: carry.tensor,
        exchange: exchange.tensor,
      },
      uniforms: {
        ...uniforms(recurrence, plan, exchange),
        ...carry.uniforms,
        first_step: first,
        step_count: count,
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
  attentionGradient(recurrence, carry);
}

type Exchange = ReturnType<typeof exchangeTensor>;

/** The words through which workgroups exchange numbers (recurrence_cooperative); zero at the start. */
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

function uniforms(recurrence: Recurrence, plan: CooperativePlan, { words }: Exchange) {
  return {
    ...commonUniforms(recurrence),
    slices: slicesOf(recurrence, plan),
    patience: PATIENCE,
    words,
    probing: 0, // session/residency.ts probes
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
