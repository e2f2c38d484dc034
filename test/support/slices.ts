import { recurrenceSliceBackward } from '../../src/kernels/recurrence/recurrence_slice_backward.js';
import { recurrenceSliceForward } from '../../src/kernels/recurrence/recurrence_slice_forward.js';
import { combinedSteps } from './cell.js';
import { testGpu } from './gpu.js';
import { runKernel } from './kernel.js';
import {
  expectZero,
  poison,
  sumPlanes,
  type Backward,
  type Forward,
  type RecurrenceData,
} from './recurrence.js';

export interface SlicePlan {
  readonly rows: number;
  /** Units of a slice. */
  readonly slice: number;
  readonly lanes: number;
  /** Units that workgroups have memory for; default: those that there are. */
  readonly most?: number;
}

/** Gradients by plane: the attention's by row, d h', d C', then the ring. */
const FIXED_PLANES = 3;

export function slicesOf({ settings }: RecurrenceData, { slice }: SlicePlan): number {
  return Math.ceil(settings.units / slice);
}

/** Phases of a step, as src/network/layers/recurrent/slices.ts has them. */
function phasesOf({ settings, attends, kinds }: RecurrenceData, step: number): number[] {
  const several = attends && combinedSteps(settings, step).length > 0;
  return several ? [...Array(kinds + 1).keys()] : [0];
}

function options(data: RecurrenceData, plan: SlicePlan) {
  const { settings, combines, attends } = data;
  return {
    defines: {
      ...data.defines,
      MEAN: combines && !attends ? 1 : 0,
      ROWS: plan.rows,
      SLICE: plan.slice,
    },
    constants: { LANES: plan.lanes, UNITS: plan.most ?? settings.units },
  };
}

/** What a slice's scores hold before: no phase reads what none before it wrote. */
function scoresAtFirst(data: RecurrenceData, plan: SlicePlan): Float32Array {
  const { settings, lengths, kinds } = data;
  const each = slicesOf(data, plan) * kinds * settings.offsets.length;
  return poison(lengths.length * settings.directions * each);
}

function uniforms(data: RecurrenceData, plan: SlicePlan, step: number, phase: number) {
  return {
    ...data.uniforms,
    first_step: step,
    step_count: 1,
    slices: slicesOf(data, plan),
    phase,
    kinds: data.kinds,
    score_count: data.settings.offsets.length,
  };
}

export async function sliceForward(data: RecurrenceData, plan: SlicePlan): Promise<Forward> {
  const gpu = await testGpu();
  const { settings, frames, weight, attention, sequences, stateStride } = data;
  const frameRows = frames * settings.directions;
  let kept: Forward = {
    gates: data.pre,
    states: poison(frameRows * stateStride),
    outputs: poison(frameRows * settings.units),
  };
  let scores = scoresAtFirst(data, plan);
  for (let step = 0; step < data.longest; step++) {
    for (const phase of phasesOf(data, step)) {
      const result = await runKernel(gpu, recurrenceSliceForward, {
        uniforms: uniforms(data, plan, step, phase),
        buffers: { sequences, weight, attention, ...kept, scores },
        ...options(data, plan),
      });
      const { gates, states, outputs } = result;
      kept = {
        gates: gates ?? kept.gates,
        states: states ?? kept.states,
        outputs: outputs ?? kept.outputs,
      };
      scores = new Float32Array(result['scores'] ?? scores);
    }
  }
  return kept;
}

export async function sliceBackward(
  data: RecurrenceData,
  kept: Forward,
  plan: SlicePlan,
): Promise<Backward> {
  const gpu = await testGpu();
  const { settings, lengths, combines, kinds, farthest } = data;
  const { directions, units } = settings;
  const ring = combines ? farthest : 0;
  const planes = FIXED_PLANES + kinds * ring;
  const plane = lengths.length * directions * units;
  let gates = kept.gates;
  let carry = new Float32Array(planes * plane);
  let scores = scoresAtFirst(data, plan);
  for (let step = data.longest - 1; step >= 0; step--) {
    for (const phase of phasesOf(data, step)) {
      const result = await runKernel(gpu, recurrenceSliceBackward, {
        uniforms: { ...uniforms(data, plan, step, phase), planes, ring: Math.max(ring, 1) },
        buffers: {
          sequences: data.sequences,
          weight: data.transposed,
          attention: data.attention,
          gates,
          states: kept.states,
          d_outputs: data.dOutputs,
          carry,
          scores,
        },
        ...options(data, plan),
      });
      gates = result['gates'] ?? gates;
      carry = new Float32Array(result['carry'] ?? carry);
      scores = new Float32Array(result['scores'] ?? scores);
    }
  }
  expectZero(carry.subarray(FIXED_PLANES * plane), 'the ring');
  return { dGates: gates, dAttention: sumPlanes(carry, lengths.length, directions * units) };
}
