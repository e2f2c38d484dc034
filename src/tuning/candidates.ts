import type { ModelConfig } from '../core/config.js';
import { weightPlaces } from '../kernels/recurrence/recurrence_cooperative.js';
import type { KernelPlan, Precision, MatmulPlan, RecurrencePlan, StepsPlan } from '../plan/plan.js';
import { planProblem, type PlanTraits } from '../plan/check.js';
import { matmulProblem } from '../plan/matmul-sizes.js';
import { leastLanes } from '../plan/slice-lanes.js';
import { recurrenceSizes } from '../plan/sizes.js';
import type { Part } from './parts.js';

/** Plans to try in place of `plan`, which differ from it in one part; the likeliest first. */
export type Candidates = (part: Part, plan: KernelPlan) => readonly KernelPlan[];

/** Every combination of one value from each list, the first list outermost. */
function each<A, B, R>(as: readonly A[], bs: readonly B[], make: (a: A, b: B) => R): R[] {
  return as.flatMap((a) => bs.map((b) => make(a, b)));
}

const registerLanes = [
  [4, 4],
  [2, 2],
  [1, 8],
] as const;

function registerMatmuls(variant: 'registers' | 'outer'): MatmulPlan[] {
  return registerLanes.map(([rowLanes, columnLanes]) => ({ variant, rowLanes, columnLanes }));
}

/** 64 x 64, 128 x 64, 64 x 128, 128 x 128, 256 x 64; and 32 x 32 for small outputs. */
const gpuTiles = [
  { rowLanes: 8, columnLanes: 8, micro: 8 },
  { rowLanes: 16, columnLanes: 8, micro: 8 },
  { rowLanes: 8, columnLanes: 16, micro: 8 },
  { rowLanes: 16, columnLanes: 16, micro: 8 },
  { rowLanes: 32, columnLanes: 8, micro: 8 },
  { rowLanes: 8, columnLanes: 8, micro: 4 },
] as const;

/** How much of k is staged at a time, and in how many tiles. */
const stagings = [
  { depth: 8, buffers: 2 },
  { depth: 16, buffers: 2 },
  { depth: 16, buffers: 1 },
  { depth: 32, buffers: 1 },
] as const;

const tiledMatmuls: readonly MatmulPlan[] = each(stagings, gpuTiles, (staging, tile) => ({
  variant: 'tiled' as const,
  ...tile,
  ...staging,
  unroll: true,
})).filter((plan) => matmulProblem(plan) === undefined);

/** Two or four subgroups stacked, for every matrix size. */
function subgroupMatmuls({ subgroups }: PlanTraits): MatmulPlan[] {
  if (!subgroups) return [];
  const tiles = each(subgroups.matrices, [4, 2], (matrix, rowLanes) => ({ matrix, rowLanes }));
  const deep = [{ depth: 32, buffers: 2 }, ...stagings.filter(({ depth }) => depth > 8)] as const;
  return each(deep, tiles, (staging, tile) => ({
    variant: 'subgroup' as const,
    columnLanes: subgroups.lanes,
    ...tile,
    ...staging,
  })).filter((plan) => matmulProblem(plan) === undefined);
}

/** There is one register matmul for the gradient of weights, and no outer one. */
function matmulsFor(part: Part, precision: Precision, traits: PlanTraits): MatmulPlan[] {
  const registers = registerMatmuls('registers');
  const all = part === 'weightGradient' ? registers : [...registers, ...registerMatmuls('outer')];
  if (traits.software) return all;
  const halves = precision === 'f16' && part !== 'heads';
  return [...(halves ? subgroupMatmuls(traits) : []), ...tiledMatmuls, ...all];
}

/**
 * Persistent recurrences, without those that have more lanes than work. A lane multiplies its units one at a time or,
 * if it has enough, `most` at a time.
 */
function persistentPlans(
  units: number,
  rows: readonly number[],
  lanes: readonly number[],
  most: number,
  unroll: boolean,
  parts: readonly number[] = [1],
): RecurrencePlan[] {
  return parts
    .flatMap((parts) =>
      [1, most].flatMap((block) =>
        each(rows, lanes, (rows, lanes) => ({
          variant: 'persistent' as const,
          rows,
          lanes,
          block,
          ...(parts > 1 && { parts }),
          unroll,
        })),
      ),
    )
    .filter(({ rows, lanes, block, parts = 1 }) => {
      const own = lanes / parts;
      if (parts > 1 && (lanes < 256 || rows < parts)) return false; // more lanes are what parts are for
      return block <= Math.ceil(units / own) && (own < 2 * units || own <= 64);
    });
}

function slices(
  rows: readonly number[],
  units: readonly number[],
  lanes: (least: number) => readonly number[],
): Omit<StepsPlan, 'variant'>[] {
  return each(rows, units, (rows, units) => {
    const least = leastLanes({ variant: 'steps', rows, units });
    return lanes(least).map((lanes) => ({ rows, units, lanes }));
  }).flat();
}

function inSteps(tile: Omit<StepsPlan, 'variant'>): StepsPlan {
  return { variant: 'steps', ...tile };
}

function recurrencesFor(
  way: 'forward' | 'backward',
  units: number,
  software: boolean,
  cooperative: boolean,
): RecurrencePlan[] {
  const forward = way === 'forward';
  const block = forward ? 2 : 4;
  // as few lanes per slice as possible: a software adapter runs them one after the other
  const own: RecurrencePlan[] = software
    ? [
        ...persistentPlans(units, forward ? [8, 4] : [8, 4, 2, 1], [16, 8, 32, 4], block, false),
        ...slices([8, 4], [16, 8], (least) => [least]).map(inSteps),
      ]
    : [
        ...persistentPlans(
          units,
          forward ? [4, 8, 2, 1] : [4, 2, 1, 8],
          [256, 128, 512, 64],
          block,
          true,
          [1, 2, 4],
        ),
        ...slices([16, 8, 32], [16, 8, 32], (least) =>
          [128, 256, 512, 64].filter((lanes) => lanes >= least),
        ).map(inSteps),
      ];
  if (!cooperative) return own;
  const staying = slices([8, 16, 4, 32], [32, 16, 8, 4], () => [256, 512, 128]).flatMap((tile) =>
    weightPlaces.map((weights) => ({ variant: 'cooperative' as const, ...tile, weights })),
  );
  return [...staying, ...own];
}

/**
 * The candidate plans for an adapter, without those that it cannot run.
 *
 * @param cooperative also recurrences whose workgroups wait for each other
 */
export function candidatesFor(
  model: ModelConfig,
  traits: PlanTraits,
  cooperative = false,
): Candidates {
  const { software } = traits;
  const units = Math.max(...recurrenceSizes(model).map((size) => size.units));
  const changed = (part: Part, plan: KernelPlan): KernelPlan[] => {
    switch (part) {
      case 'dense':
      case 'inputGradient':
      case 'weightGradient':
      case 'heads':
        return matmulsFor(part, plan.precision, traits).map((product) => ({
          ...plan,
          matmul: { ...plan.matmul, [part]: product },
        }));
      case 'forward':
      case 'backward':
        return recurrencesFor(part, units, software, cooperative)
          .filter((own) => own.variant === 'persistent' || own.units <= units)
          .map((own) => ({ ...plan, [part]: own }));
      case 'gradientGroups':
        return (software ? [2, 4, 8, 16] : [512, 256, 1024, 128, 64]).map((gradientGroups) => ({
          ...plan,
          gradientGroups,
        }));
      case 'stepsPerDispatch':
        return (software ? [] : [64, 128, 256]).map((stepsPerDispatch) => ({
          ...plan,
          stepsPerDispatch,
        }));
    }
  };
  return (part, plan) =>
    changed(part, plan).filter((own) => planProblem(own, model, traits) === undefined);
}
