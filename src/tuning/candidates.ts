import type { ModelConfig } from '../core/config.js';
import type { KernelPlan, Precision, MatmulPlan, RecurrencePlan } from '../plan/plan.js';
import { planProblem, type PlanTraits } from '../plan/check.js';
import { stagedTileProblem } from '../kernels/matmul/matmul_tile.js';
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

/** 64 x 64, 128 x 64, 128 x 128; and 32 x 32 for small outputs. */
const gpuTiles = [
  { rowLanes: 8, columnLanes: 8, micro: 8 },
  { rowLanes: 16, columnLanes: 8, micro: 8 },
  { rowLanes: 16, columnLanes: 16, micro: 8 },
  { rowLanes: 8, columnLanes: 8, micro: 4 },
] as const;

const tiledMatmuls: readonly MatmulPlan[] = each([16, 8, 32], gpuTiles, (depth, tile) => ({
  variant: 'tiled' as const,
  ...tile,
  depth,
})).filter(
  ({ rowLanes, columnLanes, depth, micro }) =>
    stagedTileProblem(
      { ROW_LANES: rowLanes, COLUMN_LANES: columnLanes, DEPTH: depth },
      { MICRO: micro },
    ) === undefined,
);

/** Two or four subgroups stacked, for every matrix size. */
function subgroupMatmuls({ subgroups }: PlanTraits): MatmulPlan[] {
  if (!subgroups) return [];
  return each(subgroups.matrices, [4, 2], (matrix, rowLanes) => ({
    variant: 'subgroup' as const,
    rowLanes,
    columnLanes: subgroups.lanes,
    depth: 32,
    matrix,
  }));
}

/** There is one register matmul for the gradient of weights, and no outer one. */
function matmulsFor(part: Part, precision: Precision, traits: PlanTraits): MatmulPlan[] {
  const registers = registerMatmuls('registers');
  const all = part === 'weightGradient' ? registers : [...registers, ...registerMatmuls('outer')];
  if (traits.software) return all;
  const halves = precision === 'f16' && (part === 'dense' || part === 'inputGradient');
  return [...(halves ? subgroupMatmuls(traits) : []), ...tiledMatmuls, ...all];
}

/** Persistent recurrences. A lane multiplies its units one at a time or, if it has enough, `most` at a time. */
function persistentPlans(
  units: number,
  rows: readonly number[],
  lanes: readonly number[],
  most: number,
  unroll: boolean,
): RecurrencePlan[] {
  return [1, most]
    .flatMap((block) =>
      each(rows, lanes, (rows, lanes) => ({
        variant: 'persistent' as const,
        rows,
        lanes,
        block,
        unroll,
      })),
    )
    .filter((own) => own.block <= Math.ceil(units / own.lanes));
}

function slices(
  variant: 'steps' | 'cooperative',
  rows: readonly number[],
  units: readonly number[],
  lanes: (least: number) => readonly number[],
): RecurrencePlan[] {
  return each(rows, units, (rows, units) => {
    const least = (rows * units) / 4;
    return lanes(least).map((lanes) => ({ variant, rows, units, lanes }));
  }).flat();
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
        ...slices('steps', [8, 4], [16, 8], (least) => [least]),
      ]
    : [
        ...persistentPlans(units, forward ? [4, 8] : [4, 2, 1], [256, 128, 512, 64], block, true),
        ...slices('steps', [16, 8, 32], [16, 8, 32], (least) =>
          [128, 256, 512, 64].filter((lanes) => lanes >= least),
        ),
      ];
  if (!cooperative) return own;
  const staying = slices('cooperative', [8, 16, 4, 32], [8, 4, 16], (least) =>
    [256, 128].filter((lanes) => lanes >= least),
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
