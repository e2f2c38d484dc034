import { recurrenceCooperativeBackward } from '../../src/kernels/recurrence/recurrence_cooperative_backward.js';
import { recurrenceCooperativeForward } from '../../src/kernels/recurrence/recurrence_cooperative_forward.js';
import {
  backwardShare,
  forwardShare,
  SLOTS,
  weightPlaces,
  type WeightPlace,
} from '../../src/kernels/recurrence/recurrence_cooperative.js';
import { wordsBefore, wordCounts, type Sent } from './cooperative-words.js';
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

export interface CooperativePlan {
  readonly rows: number;
  /** Units of a slice. */
  readonly slice: number;
  readonly lanes: number;
  readonly weights?: WeightPlace;
  /** Units that workgroups have memory for; default: those that there are. */
  readonly most?: number;
  /** Slots of `exchange`; default: as many as the network has. */
  readonly slots?: number;
  /** Steps of a dispatch. */
  readonly steps: number;
  readonly patience: number;
  /** Workgroups that there are of a tile and direction; default: as many as slices. */
  readonly groups?: number;
  /**
   * What other workgroups have sent, from the f64 twin: all words that a dispatch waits for are there before it. Default: none.
   */
  readonly sent?: (word: Sent) => number;
}

/** The words after each dispatch, with its first step and the number of its steps. */
export interface Dispatched {
  readonly first: number;
  readonly count: number;
  readonly words: Uint32Array;
}

/** Gradients by plane: the attention's by row, (unused), d C', then the ring. */
const FIXED_PLANES = 3;

export type Way = 'forward' | 'backward';

export function slicesOf({ settings }: RecurrenceData, { slice }: CooperativePlan): number {
  return Math.ceil(settings.units / slice);
}

export function slotsOf({ slots = SLOTS }: CooperativePlan): number {
  return slots;
}

function dispatches({ longest }: RecurrenceData, { steps }: CooperativePlan) {
  const all: { first: number; count: number }[] = [];
  for (let first = 0; first < longest; first += steps) {
    all.push({ first, count: Math.min(steps, longest - first) });
  }
  return all;
}

function defines(data: RecurrenceData, plan: CooperativePlan) {
  const { combines, attends } = data;
  return {
    ...data.defines,
    MEAN: combines && !attends ? 1 : 0,
    ROWS: plan.rows,
    SLICE: plan.slice,
    SLOTS: slotsOf(plan),
    WEIGHTS: weightPlaces.indexOf(plan.weights ?? 'workgroup'),
  };
}

function constants(
  { settings }: RecurrenceData,
  { lanes, most = settings.units }: CooperativePlan,
) {
  return { LANES: lanes, UNITS: most };
}

function uniforms(data: RecurrenceData, plan: CooperativePlan, way: Way) {
  const { words } = wordCounts(data, plan, way);
  return {
    ...data.uniforms,
    slices: slicesOf(data, plan),
    patience: plan.patience,
    words,
    probing: 0,
  };
}

type Kernel = typeof recurrenceCooperativeForward | typeof recurrenceCooperativeBackward;

function inGroups<K extends Kernel>(kernel: K, { groups }: CooperativePlan): K {
  if (groups === undefined) return kernel;
  const workgroups: K['workgroups'] = (...given) => {
    const [, y, z] = kernel.workgroups(...given);
    return [groups, y, z];
  };
  return { ...kernel, workgroups };
}

function asWords(values: Float32Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length).slice();
}

function forwardDefines(data: RecurrenceData, plan: CooperativePlan) {
  const { units } = data.settings;
  const { quads, kept } = forwardShare({ ...plan, units: plan.slice }, units);
  const batch = Math.ceil((units * plan.rows) / 4 / plan.lanes);
  return { ...defines(data, plan), LANE_QUADS: quads, KEPT: kept, BATCH: Math.min(batch, 4) };
}

export async function cooperativeForward(
  data: RecurrenceData,
  plan: CooperativePlan,
): Promise<Forward & { readonly dispatched: readonly Dispatched[] }> {
  const gpu = await testGpu();
  const { settings, frames, weight, attention, sequences, stateStride } = data;
  const frameRows = frames * settings.directions;
  let kept: Forward = {
    gates: data.pre,
    states: poison(frameRows * stateStride),
    outputs: poison(frameRows * settings.units),
  };
  let exchange: Uint32Array = new Uint32Array(wordCounts(data, plan, 'forward').words);
  const dispatched: Dispatched[] = [];
  for (const { first, count } of dispatches(data, plan)) {
    exchange = wordsBefore(data, plan, 'forward', exchange, first, count);
    const result = await runKernel(gpu, inGroups(recurrenceCooperativeForward, plan), {
      uniforms: { ...uniforms(data, plan, 'forward'), first_step: first, step_count: count },
      buffers: { sequences, weight, attention, ...kept, exchange },
      defines: forwardDefines(data, plan),
      constants: constants(data, plan),
    });
    const { gates, states, outputs } = result;
    kept = {
      gates: gates ?? kept.gates,
      states: states ?? kept.states,
      outputs: outputs ?? kept.outputs,
    };
    exchange = result['exchange'] ? asWords(result['exchange']) : exchange;
    dispatched.push({ first, count, words: exchange });
  }
  return { ...kept, dispatched };
}

function backwardDefines(data: RecurrenceData, plan: CooperativePlan) {
  const { rows, parts, kept } = backwardShare({ ...plan, units: plan.slice }, data.settings.units);
  return {
    ...defines(data, plan),
    SLICES: slicesOf(data, plan),
    LANE_ROWS: rows,
    PARTS: parts,
    SPLIT: parts > 1 ? 1 : 0,
    KEPT: kept,
  };
}

export async function cooperativeBackward(
  data: RecurrenceData,
  kept: Forward,
  plan: CooperativePlan,
): Promise<Backward & { readonly dispatched: readonly Dispatched[] }> {
  const gpu = await testGpu();
  const { settings, lengths, combines, kinds, farthest } = data;
  const { directions, units } = settings;
  const ring = combines ? farthest : 0;
  const planes = FIXED_PLANES + kinds * ring;
  const plane = lengths.length * directions * units;
  let gates = kept.gates;
  let carry = new Float32Array(planes * plane);
  let exchange: Uint32Array = new Uint32Array(wordCounts(data, plan, 'backward').words);
  const dispatched: Dispatched[] = [];
  for (const { first, count } of dispatches(data, plan).reverse()) {
    exchange = wordsBefore(data, plan, 'backward', exchange, first, count);
    const result = await runKernel(gpu, inGroups(recurrenceCooperativeBackward, plan), {
      uniforms: {
        ...uniforms(data, plan, 'backward'),
        first_step: first,
        step_count: count,
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
      defines: backwardDefines(data, plan),
      constants: constants(data, plan),
    });
    gates = result['gates'] ?? gates;
    carry = new Float32Array(result['carry'] ?? carry);
    exchange = result['exchange'] ? asWords(result['exchange']) : exchange;
    dispatched.push({ first, count, words: exchange });
  }
  if (plan.groups === undefined) expectZero(carry.subarray(FIXED_PLANES * plane), 'the ring');
  return {
    dGates: gates,
    dAttention: sumPlanes(carry, lengths.length, directions * units),
    dispatched,
  };
}

/** Probes whether the workgroups of each tile run at once: [tiles, directions, 2] words. */
export async function probeForward(data: RecurrenceData, plan: CooperativePlan): Promise<number[]> {
  const { settings, frames, weight, attention, sequences, stateStride } = data;
  const { words, probes } = wordCounts(data, plan, 'forward');
  const frameRows = frames * settings.directions;
  const outputs = poison(frameRows * settings.units);
  const result = await runKernel(await testGpu(), inGroups(recurrenceCooperativeForward, plan), {
    uniforms: { ...uniforms(data, plan, 'forward'), first_step: 0, step_count: 1, probing: 1 },
    buffers: {
      sequences,
      weight,
      attention,
      gates: data.pre,
      states: poison(frameRows * stateStride),
      outputs,
      exchange: new Uint32Array(words),
    },
    defines: forwardDefines(data, plan),
    constants: constants(data, plan),
  });
  if (!result['outputs']?.every((x, i) => x === outputs[i]))
    throw new Error('a probe wrote outputs');
  const tiles = Math.ceil(data.lengths.length / plan.rows);
  return [...asWords(result['exchange'] ?? new Float32Array())].slice(
    probes,
    probes + 2 * tiles * settings.directions,
  );
}
