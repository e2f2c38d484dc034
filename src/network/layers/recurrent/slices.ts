import type { Quantity } from '../../../graph/types.js';
import { recurrenceSliceBackward } from '../../../kernels/recurrence/recurrence_slice_backward.js';
import { recurrenceSliceForward } from '../../../kernels/recurrence/recurrence_slice_forward.js';
import type { StepsPlan } from '../../../plan/plan.js';
import { attentionGradient, carryTensor } from './carry.js';
import {
  cellDefines,
  commonBindings,
  commonUniforms,
  type BackwardTensors,
  type RecurrenceTensors,
} from './common.js';
import type { Recurrence } from './shape.js';

export function sliceForward(
  recurrence: Recurrence,
  tensors: RecurrenceTensors,
  plan: StepsPlan,
): void {
  const { net, name } = recurrence;
  const scores = scoresTensor(recurrence, 'forward', plan);
  const weight = net.weight(recurrence.own('weight_hh'));
  for (const { label, first, count, phase } of dispatches(recurrence)) {
    net.builder.dispatch(`${name}: ${label}`, recurrenceSliceForward, {
      part: 'forward',
      bindings: {
        ...commonBindings(recurrence, tensors),
        weight,
        outputs: tensors.outputs,
        ...(scores && { scores }),
      },
      uniforms: {
        ...uniforms(recurrence, plan),
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
  plan: StepsPlan,
): void {
  const { net, name } = recurrence;
  const carry = carryTensor(recurrence);
  const scores = scoresTensor(recurrence, 'backward', plan);
  for (const { label, first, count, phase } of dispatches(recurrence, true)) {
    net.builder.dispatch(`d ${name}: ${label}`, recurrenceSliceBackward, {
      part: 'backward',
      bindings: {
        ...commonBindings(recurrence, tensors),
        weight: tensors.transposed,
        d_outputs: tensors.dOutputs,
        carry: carry.tensor,
        ...(scores && { scores }),
      },
      uniforms: {
        ...uniforms(recurrence, plan),
        first_step: first,
        step_count: count,
        phase,
        ...carry.uniforms,
      },
      ...options(recurrence, plan),
    });
  }
  attentionGradient(recurrence, carry);
}

interface SliceDispatch {
  readonly label: string;
  readonly first: number;
  readonly count: Quantity;
  readonly phase: number;
}

/** A dispatch per step, and one more for each kind of state if it combines states by attention. */
function dispatches({ time, config, attends, kinds }: Recurrence, down = false): SliceDispatch[] {
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

/** Partial scores from phase to phase; absent if there are none. */
function scoresTensor(recurrence: Recurrence, way: 'forward' | 'backward', plan: StepsPlan) {
  const { net, shape, attends, config, kinds } = recurrence;
  if (!attends) return undefined;
  const name = recurrence.own(way === 'forward' ? 'scores' : 'd_scores');
  const slices = slicesOf(recurrence, plan);
  const { utterances } = net.capacity;
  return net.builder.tensor(name, [
    utterances,
    shape.directions,
    slices,
    kinds,
    config.offsets.length,
  ]);
}

function slicesOf({ shape }: Recurrence, plan: StepsPlan): number {
  return Math.ceil(shape.units / plan.units);
}

function uniforms(recurrence: Recurrence, plan: StepsPlan) {
  const { kinds, config } = recurrence;
  const slices = slicesOf(recurrence, plan);
  return { ...commonUniforms(recurrence), slices, kinds, score_count: config.offsets.length };
}

function options(recurrence: Recurrence, plan: StepsPlan) {
  const { attends, combines, shape } = recurrence;
  return {
    defines: {
      ...cellDefines(recurrence),
      MEAN: combines && !attends ? 1 : 0,
      ROWS: plan.rows,
      SLICE: plan.units,
    },
    constants: { LANES: plan.lanes, UNITS: shape.units },
  };
}
