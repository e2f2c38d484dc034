import { recurrenceSliceBackward } from '../../src/kernels/recurrence/recurrence_slice_backward.js';
import { recurrenceSliceForward } from '../../src/kernels/recurrence/recurrence_slice_forward.js';
import type { ShaderSource } from '../../src/kernels/shader.js';
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
  readonly variant: 'steps' | 'cooperative';
  readonly rows: number;
  /** Units of a slice. */
  readonly slice: number;
  readonly lanes: number;
  /** Units that workgroups have memory for; default: those that there are. */
  readonly most?: number;
  /** Steps of a cooperative dispatch. */
  readonly steps: number;
  readonly patience: number;
  /** Workgroups that there are of a tile and direction; default: as many as slices. */
  readonly groups?: number;
  /** Words that are there already; default: none. */
  readonly words?: Uint32Array;
  readonly source?: ShaderSource;
}

/** Words of `exchange` as unsigned numbers: a NaN keeps its bits. */
export interface Exchanged {
  readonly exchange: Uint32Array;
}

/** Gradients by plane: the attention's by row, d h', d C', then the ring. */
const FIXED_PLANES = 3;

export function slicesOf({ settings }: RecurrenceData, { slice }: SlicePlan): number {
  return Math.ceil(settings.units / slice);
}

/** Words that a unit of a frame takes in `exchange`: h', or four gradients. */
type Handed = 1 | 4;

/** Where partial scores stand in `exchange`, and how many words there are. */
export function wordsOf(data: RecurrenceData, plan: SlicePlan, handed: Handed) {
  const { settings, frames, lengths, attends, kinds } = data;
  const { directions, units, offsets } = settings;
  const cooperative = plan.variant === 'cooperative';
  const scores = cooperative ? frames * directions * units * handed : 0;
  const parts = attends ? slicesOf(data, plan) * kinds * offsets.length : 0;
  return { scores, words: scores + (cooperative ? frames : lengths.length) * directions * parts };
}

/** As src/network/recurrence.ts has them: all steps, upwards. */
function dispatches({ settings, attends, kinds, longest }: RecurrenceData, plan: SlicePlan) {
  const all: { first: number; count: number; phases: number[] }[] = [];
  const steps = plan.variant === 'steps' ? 1 : plan.steps;
  for (let first = 0; first < longest; first += steps) {
    const several =
      plan.variant === 'steps' && attends && combinedSteps(settings, first).length > 0;
    const count = Math.min(steps, longest - first);
    all.push({ first, count, phases: several ? [...Array(kinds + 1).keys()] : [0] });
  }
  return all;
}

function options(data: RecurrenceData, plan: SlicePlan) {
  const { settings, combines, attends } = data;
  const cooperative = plan.variant === 'cooperative';
  return {
    defines: {
      ...data.defines,
      MEAN: combines && !attends ? 1 : 0,
      EXCHANGE: cooperative || attends ? 1 : 0,
      COOPERATIVE: cooperative ? 1 : 0,
      ROWS: plan.rows,
      SLICE: plan.slice,
    },
    constants: { LANES: plan.lanes, UNITS: plan.most ?? settings.units },
    source: plan.source,
  };
}

/** The words at the start: a cooperative kernel wants zeros, a step needs nothing of them. */
function firstWords(plan: SlicePlan, count: number): Uint32Array {
  const words = new Uint32Array(Math.max(count, 1));
  if (plan.variant === 'steps') words.fill(0x7f7fffff);
  return plan.words?.slice() ?? words;
}

function asWords(values: Float32Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length);
}

function inGroups<K extends typeof recurrenceSliceForward | typeof recurrenceSliceBackward>(
  kernel: K,
  { groups }: SlicePlan,
): K {
  if (groups === undefined) return kernel;
  const workgroups: K['workgroups'] = (...given) => {
    const [x, y] = kernel.workgroups(...given);
    return [x, y, groups];
  };
  return { ...kernel, workgroups };
}

export async function sliceForward(
  data: RecurrenceData,
  plan: SlicePlan,
): Promise<Forward & Exchanged> {
  const gpu = await testGpu();
  const { settings, frames, weight, attention, sequences, stateStride } = data;
  const frameRows = frames * settings.directions;
  const { words } = wordsOf(data, plan, 1);
  let kept: Forward & Exchanged = {
    gates: data.pre,
    states: poison(frameRows * stateStride),
    outputs: poison(frameRows * settings.units),
    exchange: firstWords(plan, words),
  };
  for (const { first, count, phases } of dispatches(data, plan)) {
    for (const phase of phases) {
      const result = await runKernel(gpu, inGroups(recurrenceSliceForward, plan), {
        uniforms: {
          ...data.uniforms,
          first_step: first,
          step_count: count,
          slices: slicesOf(data, plan),
          phase,
          patience: plan.patience,
          words,
        },
        buffers: { sequences, weight, attention, ...kept },
        ...options(data, plan),
      });
      const { gates, states, outputs, exchange } = result;
      kept = {
        gates: gates ?? kept.gates,
        states: states ?? kept.states,
        outputs: outputs ?? kept.outputs,
        exchange: exchange ? asWords(exchange) : kept.exchange,
      };
    }
  }
  return kept;
}

export async function sliceBackward(
  data: RecurrenceData,
  kept: Forward,
  plan: SlicePlan,
): Promise<Backward & Exchanged> {
  const gpu = await testGpu();
  const { settings, lengths, combines, kinds, farthest } = data;
  const { directions, units } = settings;
  const { words } = wordsOf(data, plan, 4);
  const ring = combines ? farthest : 0;
  const planes = FIXED_PLANES + kinds * ring;
  const plane = lengths.length * directions * units;
  let gates = kept.gates;
  let carry = new Float32Array(planes * plane);
  let exchange = firstWords(plan, words);
  for (const { first, count, phases } of dispatches(data, plan).reverse()) {
    for (const phase of phases) {
      const result = await runKernel(gpu, inGroups(recurrenceSliceBackward, plan), {
        uniforms: {
          ...data.uniforms,
          first_step: first,
          step_count: count,
          slices: slicesOf(data, plan),
          phase,
          patience: plan.patience,
          words,
          planes,
          ring: Math.max(ring, 1),
        },
        buffers: {
          sequences: data.sequences,
          weight: data.transposed,
          attention: data.attention,
          gates,
          states: kept.states,
          d_outputs: data.dOutputs,
          carry,
          exchange,
        },
        ...options(data, plan),
      });
      gates = result['gates'] ?? gates;
      carry = new Float32Array(result['carry'] ?? carry);
      exchange = result['exchange'] ? asWords(result['exchange']) : exchange;
    }
  }
  if (plan.groups === undefined) expectZero(carry.subarray(FIXED_PLANES * plane), 'the ring');
  return {
    dGates: gates,
    dAttention: sumPlanes(carry, lengths.length, directions * units),
    exchange,
  };
}
