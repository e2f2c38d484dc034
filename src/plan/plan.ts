import { precisions } from '../core/choices.js';
import type { ModelConfig } from '../core/config.js';
import { ConfigError } from '../core/errors.js';
import type { WeightPlace } from '../kernels/recurrence/recurrence_cooperative.js';
import { sliceBytes, persistentBytes, type Way } from './workgroup-bytes.js';
import { largest, recurrenceSizes } from './sizes.js';

export { precisions };
/**
 * How activations are stored on the GPU.
 *
 * @example
 * const precision: Precision = 'f16';
 * await train({ manifest: 'speech.csv', out: 'runs/first', precision });
 */
export type Precision = (typeof precisions)[number];

/** Variants and tile sizes of the kernels, as data that a run can store and reproduce. */
export interface KernelPlan {
  readonly version: 3;
  readonly precision: Precision;
  readonly matmul: MatmulPlans;
  /** Minimum number of workgroups that a weight gradient's matmul is split into along the frames. */
  readonly gradientGroups: number;
  readonly forward: RecurrencePlan;
  readonly backward: RecurrencePlan;
  /** Time steps per dispatch of a recurrence: bounds how long it occupies the device. */
  readonly stepsPerDispatch: number;
}

/** The part of a plan that a matmul uses. */
export type MatmulPart = keyof MatmulPlans;

/** The part of a plan that the time of a pass depends on: every pass declares it. */
export type PassPart = MatmulPart | 'forward' | 'backward';

/** Matmuls by purpose. */
export interface MatmulPlans {
  /** Layers over all frames: out = act(a b^T + bias), b [n,k]. */
  readonly dense: MatmulPlan;
  /** Gradients of their inputs: out = a b, b [k,n]. */
  readonly inputGradient: MatmulPlan;
  /** Gradients of weights: out = a^T b, split along the frames; all but `outer`, which `registers` is. */
  readonly weightGradient: MatmulPlan;
  /** Layers over utterances, and the gradients of their inputs. */
  readonly heads: MatmulPlan;
}

/**
 * A matmul variant and its workgroup:
 * - `registers`: an 8 x 8 tile per lane, 4 x 4 matrices from both operands;
 * - `outer`: an 8 x 8 tile per lane, one outer product for each k;
 * - `tiled`: operands staged in workgroup memory, `depth` of k at a time, `micro` x `micro` per lane;
 * - `subgroup`: subgroup matrices of f16, if the adapter has them, staged likewise; `rowLanes` subgroups
 *   of `columnLanes` lanes. Matmuls with an operand in f32 are then `tiled`.
 */
export interface MatmulPlan {
  readonly variant: 'registers' | 'outer' | 'tiled' | 'subgroup';
  readonly rowLanes: number;
  readonly columnLanes: number;
  readonly depth?: number;
  readonly micro?: 4 | 8;
  /** For staged operands: 2 tiles of each in turn, one barrier a tile; default 1, two barriers. */
  readonly buffers?: 1 | 2;
  /** For `tiled`: loops of constant length, and a pipeline for each k, n and stride: for graphics cards. */
  readonly unroll?: boolean;
  /** For `subgroup`: the matrix sizes, one of the adapter's configurations. */
  readonly matrix?: { readonly m: number; readonly n: number; readonly k: number };
}

/**
 * A variant of the recurrence:
 * - `persistent`: a workgroup loops over time for `rows` utterances of a direction;
 * - `steps`: a dispatch per time step, each workgroup computes `units` units of `rows` utterances;
 * - `cooperative`: split by units too, but the workgroups loop over time and exchange h within a dispatch.
 */
export type RecurrencePlan = PersistentPlan | StepsPlan | CooperativePlan;

/** A recurrence whose workgroups loop over time, each with some of the utterances. */
export interface PersistentPlan {
  readonly variant: 'persistent';
  /** Utterances per workgroup: 1, 2, 4 or 8. */
  readonly rows: number;
  readonly lanes: number;
  /** Units that a lane multiplies at a time: forward 1 or 2, backward 1 or 4. */
  readonly block: number;
  /** Lanes that share the sum over k of a unit, each with an equal part of it: 1 (the default), 2 or 4. */
  readonly parts?: number;
  /** Loops over a lane's rows, units and offsets are unrolled: for graphics cards. */
  readonly unroll: boolean;
}

/** A recurrence in which each step is a dispatch of its own. */
export interface StepsPlan {
  readonly variant: 'steps';
  readonly rows: number;
  readonly units: number;
  readonly lanes: number;
}

/** A recurrence whose workgroups loop over time together, each with a part of the units. */
export interface CooperativePlan {
  readonly variant: 'cooperative';
  readonly rows: number;
  readonly units: number;
  readonly lanes: number;
  /**
   * Where a workgroup has its weights while it loops over time: in `workgroup` memory (default), in `registers`, or
   * `streamed` from the caches in every step.
   */
  readonly weights?: WeightPlace;
}

/** The properties of an adapter that plans depend on. */
export interface AdapterTraits {
  readonly software: boolean;
  /** `lavapipe` compiles with LLVM and needs other matmul variants than the other software adapters. */
  readonly kind?: string | undefined;
  readonly maxComputeWorkgroupStorageSize: number;
  readonly maxComputeInvocationsPerWorkgroup: number;
}

/**
 * The plan for a model on an adapter, by fixed rules: software adapters need few lanes that do much
 * each, graphics cards many lanes. Units that do not fit the workgroup memory of a persistent recurrence are
 * computed with a dispatch per time step. Throws ConfigError if they do not fit a workgroup at all.
 */
export function choosePlan(
  model: ModelConfig,
  adapter: AdapterTraits,
  precision: Precision = 'f32',
): KernelPlan {
  const units = Math.max(...recurrenceSizes(model).map((size) => size.units));
  const most = Math.min(adapter.maxComputeInvocationsPerWorkgroup, 256);
  const wanted = adapter.software
    ? Math.min(16, Math.max(8, 2 ** Math.ceil(Math.log2(units / 4)))) // at least four units per lane
    : Math.max(16, 2 ** Math.ceil(Math.log2(units)));
  const lanes = Math.min(wanted, most);
  const bytes = adapter.maxComputeWorkgroupStorageSize;
  const fit = (way: Way, candidates: readonly SweepTile[]): RecurrencePlan => {
    const tile = candidates.find(
      (tile) => largest(model, (size) => persistentBytes(way, { ...tile, lanes }, size)) <= bytes,
    );
    if (tile !== undefined)
      return { variant: 'persistent', ...tile, lanes, unroll: !adapter.software };
    const steps = stepsFor(adapter).find(
      (own) => largest(model, (size) => sliceBytes(way, own, size)) <= bytes,
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
    forward: fit('forward', sweepTiles(adapter, [8, 4], 2, [4], [2, 1])),
    backward: fit('backward', sweepTiles(adapter, [8, 4, 2, 1], 4, [4, 2, 1], [4, 2, 1])),
    stepsPerDispatch: 64,
  };
}

type SweepTile = Pick<PersistentPlan, 'rows' | 'block' | 'parts'>;

/**
 * Tiles of persistent recurrences, the best first. On graphics cards `block` units of a lane have their sums shared by
 * `parts` lanes, so that more weights are on their way at a time; undivided, a lane has one unit.
 */
function sweepTiles(
  { software }: AdapterTraits,
  softwareRows: readonly number[],
  block: number,
  rows: readonly number[],
  parts: readonly number[],
): SweepTile[] {
  if (software) return softwareRows.map((rows) => ({ rows, block }));
  return rows.flatMap((rows) =>
    parts.map((parts) => (parts > 1 ? { rows, block, parts } : { rows, block: 1 })),
  );
}

/** Recurrences split by units, the best first. */
function stepsFor({ software }: AdapterTraits): StepsPlan[] {
  const units = software ? 8 : 16;
  return [8, 4].flatMap((rows) => {
    const least = (rows * units) / 4; // a software adapter runs lanes one after the other
    const lanes = software ? [least] : [128, 64, 32];
    return lanes.map((lanes) => ({ variant: 'steps', rows, units, lanes }) as const);
  });
}

/** The matmuls of an adapter, by fixed rules. */
export function matmulsFor({
  software,
  kind,
}: Pick<AdapterTraits, 'software' | 'kind'>): MatmulPlans {
  if (!software) return gpuMatmuls;
  return allOf(kind === 'lavapipe' ? 'outer' : 'registers');
}

function allOf(variant: 'outer' | 'registers'): MatmulPlans {
  const plan = { variant, rowLanes: 4, columnLanes: 4 } as const;
  const weightGradient = { ...plan, variant: 'registers' } as const;
  return { dense: plan, inputGradient: plan, weightGradient, heads: plan };
}

const tiled = { variant: 'tiled', rowLanes: 8, columnLanes: 8, micro: 8, unroll: true } as const;
/** Two tiles of 64 x 64 by 8 take no more workgroup memory than one by 16: within WebGPU's 16 KiB. */
const deep = { ...tiled, depth: 8, buffers: 2 } as const;
const gpuMatmuls: MatmulPlans = {
  dense: deep,
  inputGradient: deep,
  weightGradient: deep,
  heads: { ...tiled, depth: 32, micro: 4 },
};
