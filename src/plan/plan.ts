import type { ModelConfig } from '../core/config.js';
import { ConfigError } from '../core/errors.js';
import { sliceBytes, persistentBytes, type Way } from './workgroup-bytes.js';
import { mostBytes, recurrenceSizes } from './sizes.js';

/** How activations and working copies of weights are stored; sums, master weights and updates are f32. */
export const precisions = ['f32', 'f16'] as const;
export type Precision = (typeof precisions)[number];

/** Which variants and tile sizes the kernels take: data, so that a run can store and repeat it. */
export interface KernelPlan {
  readonly version: 3;
  readonly precision: Precision;
  readonly matmul: MatmulPlans;
  /** Workgroups that a weight gradient's product is split into by frames, at least. */
  readonly gradientGroups: number;
  readonly forward: RecurrencePlan;
  readonly backward: RecurrencePlan;
  /** Time steps of one dispatch of a recurrence: bounds how long it holds the device. */
  readonly stepsPerDispatch: number;
}

/** What of a plan a matmul follows. */
export type MatmulPart = keyof MatmulPlans;

/** What of a plan the time of a pass depends on: each says it itself. */
export type PassPart = MatmulPart | 'forward' | 'backward';

/** Matrix products by what they are for. */
export interface MatmulPlans {
  /** Layers over all frames: out = act(a b^T + bias), b [n,k]. */
  readonly dense: MatmulPlan;
  /** Gradients of their inputs: out = a b, b [k,n]. */
  readonly inputGradient: MatmulPlan;
  /** Gradients of weights: out = a^T b, split by frames; `registers` (outer products) or `tiled`. */
  readonly weightGradient: MatmulPlan;
  /** Layers over utterances, and the gradients of their inputs. */
  readonly heads: MatmulPlan;
}

/**
 * A variant of the matrix product and its workgroup:
 * - `registers`: an 8 x 8 tile a lane, matrices of four by four from both operands;
 * - `outer`: an 8 x 8 tile a lane, one outer product for each k;
 * - `tiled`: operands staged in workgroup memory, `depth` of k at a time, `micro` x `micro` a lane;
 * - `subgroup`: subgroup matrices of f16, where the adapter has them; `rowLanes` subgroups of
 *   `columnLanes` lanes. Products with an operand in f32 are `tiled` then.
 */
export interface MatmulPlan {
  readonly variant: 'registers' | 'outer' | 'tiled' | 'subgroup';
  readonly rowLanes: number;
  readonly columnLanes: number;
  readonly depth?: number;
  readonly micro?: 4 | 8;
  /** Of `subgroup`: the matrices' sizes, one of the adapter's configurations. */
  readonly matrix?: { readonly m: number; readonly n: number; readonly k: number };
}

/**
 * A variant of the recurrence:
 * - `sweep`: a workgroup loops over time for `rows` utterances of a direction;
 * - `steps`: a dispatch a time step, each workgroup `units` units of `rows` utterances;
 * - `cooperative`: as `steps`, but the workgroups stay and hand h on to each other within a dispatch.
 */
export type RecurrencePlan = PersistentPlan | SlicePlan;

export interface PersistentPlan {
  readonly variant: 'persistent';
  /** Utterances a workgroup: forward 4 or 8, backward 1, 2, 4 or 8. */
  readonly rows: number;
  readonly lanes: number;
  /** Units that a lane multiplies at a time: forward 1 or 2, backward 1 or 4. */
  readonly block: number;
  /** Loops over a lane's rows, units and offsets are unrolled: for graphics cards. */
  readonly unroll: boolean;
}

export interface SlicePlan {
  readonly variant: 'steps' | 'cooperative';
  readonly rows: number;
  readonly units: number;
  readonly lanes: number;
}

/** What a plan has to know of an adapter. */
export interface AdapterTraits {
  readonly software: boolean;
  /** `lavapipe` compiles by LLVM and wants other products than the other software adapters. */
  readonly kind?: string | undefined;
  readonly maxComputeWorkgroupStorageSize: number;
  readonly maxComputeInvocationsPerWorkgroup: number;
}

/**
 * The plan for a model on an adapter, by rules alone: software adapters want few lanes that do much
 * each, graphics cards many lanes. Units that a sweep's workgroup has no memory for are computed a dispatch a
 * time step. Throws ConfigError where they fit no workgroup at all.
 */
export function choosePlan(
  model: ModelConfig,
  adapter: AdapterTraits,
  precision: Precision = 'f32',
): KernelPlan {
  const units = Math.max(...recurrenceSizes(model).map((size) => size.units));
  const most = Math.min(adapter.maxComputeInvocationsPerWorkgroup, 256);
  const wanted = adapter.software
    ? Math.min(16, Math.max(8, 2 ** Math.ceil(Math.log2(units / 4)))) // four units a lane or more
    : Math.max(16, 2 ** Math.ceil(Math.log2(units)));
  const lanes = Math.min(wanted, most);
  const bytes = adapter.maxComputeWorkgroupStorageSize;
  const fit = (way: Way, candidates: readonly number[], block: number): RecurrencePlan => {
    const rows = candidates.find(
      (rows) => mostBytes(model, (size) => persistentBytes(way, { rows, lanes }, size)) <= bytes,
    );
    if (rows !== undefined)
      return { variant: 'persistent', rows, lanes, block, unroll: !adapter.software };
    const steps = stepsFor(adapter).find(
      (own) => mostBytes(model, (size) => sliceBytes(way, { ...own, keptBytes: 0 }, size)) <= bytes,
    );
    if (steps !== undefined) return steps;
    throw new ConfigError(
      `${units} recurrent units need more workgroup memory than the adapter's ` + `${bytes} bytes`,
      'use fewer units or another adapter',
    );
  };
  return {
    version: 3,
    precision,
    matmul: matmulsFor(adapter),
    gradientGroups: adapter.software ? 4 : 512,
    forward: fit('forward', adapter.software ? [8, 4] : [4], adapter.software ? 2 : 1),
    backward: fit(
      'backward',
      adapter.software ? [8, 4, 2, 1] : [4, 2, 1],
      adapter.software ? 4 : 1,
    ),
    stepsPerDispatch: 64,
  };
}

/** Recurrences cut by units, the best first. */
function stepsFor({ software }: AdapterTraits): SlicePlan[] {
  const units = software ? 8 : 16;
  return [8, 4].flatMap((rows) => {
    const least = (rows * units) / 4; // a software adapter runs lanes one after the other
    const lanes = software ? [least] : [128, 64, 32];
    return lanes.map((lanes) => ({ variant: 'steps', rows, units, lanes }) as const);
  });
}

function matmulsFor({ software, kind }: AdapterTraits): MatmulPlans {
  if (!software) return gpuMatmuls;
  return allOf(kind === 'lavapipe' ? 'outer' : 'registers');
}

function allOf(variant: 'outer' | 'registers'): MatmulPlans {
  const plan = { variant, rowLanes: 4, columnLanes: 4 } as const;
  const weightGradient = { ...plan, variant: 'registers' } as const;
  return { dense: plan, inputGradient: plan, weightGradient, heads: plan };
}

const tiled = { variant: 'tiled', rowLanes: 8, columnLanes: 8, depth: 16, micro: 8 } as const;
const gpuMatmuls: MatmulPlans = {
  dense: tiled,
  inputGradient: tiled,
  weightGradient: tiled,
  heads: { variant: 'tiled', rowLanes: 8, columnLanes: 8, depth: 32, micro: 4 },
};
