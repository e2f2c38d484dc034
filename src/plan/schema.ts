import { z } from 'zod';
import { isJsonObject } from '../core/json.js';
import { checkSchema, flag, integer, object, oneOf, wantOneOf } from '../core/schema.js';
import { weightPlaces } from '../kernels/recurrence/recurrence_cooperative.js';
import { stagedTileProblem } from '../kernels/matmul/matmul_tile.js';
import {
  precisions,
  type CooperativePlan,
  type KernelPlan,
  type MatmulPlan,
  type RecurrencePlan,
  type StepsPlan,
} from './plan.js';
import { leastLanes, rowsPerLane } from './slice-lanes.js';

type Numbers = readonly [number, ...number[]];

/** One of a few numbers. */
function numberOf<const T extends Numbers>(values: T) {
  return z.literal(values, `one of ${values.join(', ')}`);
}

/** An object whose `variant` determines its other fields. */
function variants<
  const T extends readonly [z.core.$ZodTypeDiscriminable, ...z.core.$ZodTypeDiscriminable[]],
>(names: readonly string[], options: T) {
  return z.discriminatedUnion('variant', options, {
    error: ({ code }) => (code === 'invalid_union' ? wantOneOf(names) : 'an object'),
  });
}

const lanes = integer(1);
const tile = { rowLanes: lanes, columnLanes: lanes };
const staged = { depth: integer(1).exactOptional(), buffers: numberOf([1, 2]).exactOptional() };

const size = integer(1);
const matrix = object({ m: size, n: size, k: size });

const registerProduct = object({ variant: z.literal('registers'), ...tile });

const tiledProduct = object({
  variant: z.literal('tiled'),
  ...tile,
  ...staged,
  micro: numberOf([4, 8]).exactOptional(),
  unroll: flag().exactOptional(),
}).superRefine(({ rowLanes, columnLanes, depth = 16, micro = 8 }, context) => {
  const constants = { ROW_LANES: rowLanes, COLUMN_LANES: columnLanes, DEPTH: depth };
  if (stagedTileProblem(constants, { MICRO: micro }) === undefined) return;
  // a lane prefetches two 4 x 4 blocks
  const most = Math.floor((32 * rowLanes * columnLanes) / (micro * (rowLanes + columnLanes)) / 4);
  const message = `a multiple of 4 up to ${4 * most} for ${rowLanes} x ${columnLanes} lanes`;
  context.addIssue({ code: 'custom', path: ['depth'], message });
});

const subgroupProduct = object({
  variant: z.literal('subgroup'),
  ...tile,
  ...staged,
  matrix,
}).superRefine(({ depth = 32, matrix }, context) => {
  if (depth % matrix.k === 0) return;
  const message = `a multiple of ${matrix.k}, the matrix's k`;
  context.addIssue({ code: 'custom', path: ['depth'], message });
});

const product: z.ZodType<MatmulPlan> = variants(
  ['registers', 'outer', 'tiled', 'subgroup'],
  [
    registerProduct,
    object({ variant: z.literal('outer'), ...tile }),
    tiledProduct,
    subgroupProduct,
  ],
);

const weightProduct: z.ZodType<MatmulPlan> = variants(
  ['registers', 'tiled', 'subgroup'],
  [registerProduct, tiledProduct, subgroupProduct],
);

const persistent = <const B extends Numbers>(block: B) =>
  object({
    variant: z.literal('persistent'),
    rows: numberOf([1, 2, 4, 8]),
    lanes,
    block: numberOf(block),
    parts: numberOf([1, 2, 4]).exactOptional(),
    unroll: flag(),
  }).superRefine(({ lanes, parts = 1 }, context) => {
    if (lanes % parts === 0) return;
    const message = `a multiple of ${parts}, the lanes that share a unit`;
    context.addIssue({ code: 'custom', path: ['lanes'], message });
  });

const sliceFields = {
  rows: integer(1).multipleOf(4, 'a multiple of 4'),
  units: integer(1),
  lanes,
};

function checkLanes(plan: StepsPlan | CooperativePlan, context: z.core.$RefinementCtx): void {
  const least = leastLanes(plan);
  if (plan.lanes >= least) return;
  const message = `at least ${least}, a lane for each unit and ${rowsPerLane(plan)} rows`;
  context.addIssue({ code: 'custom', path: ['lanes'], message });
}

const steps = object({ variant: z.literal('steps'), ...sliceFields }).superRefine(checkLanes);

const cooperative = object({
  variant: z.literal('cooperative'),
  ...sliceFields,
  weights: oneOf(weightPlaces).exactOptional(),
}).superRefine(checkLanes);

const recurrence = <const B extends Numbers>(block: B): z.ZodType<RecurrencePlan> =>
  variants(['persistent', 'steps', 'cooperative'], [persistent(block), steps, cooperative]);

const version3: z.ZodType<KernelPlan> = object({
  version: z.literal(3, '3, the plans of this version of alstm'),
  precision: oneOf(precisions),
  matmul: object({
    dense: product,
    inputGradient: product,
    weightGradient: weightProduct,
    heads: product,
  }),
  gradientGroups: integer(1),
  forward: recurrence([1, 2]),
  backward: recurrence([1, 4]),
  stepsPerDispatch: integer(1),
});

/** Names of the recurrence variants in version 2, and in version 3. */
const newNames: Readonly<Record<string, string>> = { sweep: 'persistent', resident: 'cooperative' };

/** Converts the names of a version 2 plan to version 3; other plans are unchanged. */
function fromVersion2(json: unknown): unknown {
  if (!isJsonObject(json) || json['version'] !== 2) return json;
  const { products, forward, backward, ...rest } = json;
  const renamed = (recurrence: unknown): unknown =>
    isJsonObject(recurrence) && typeof recurrence['variant'] === 'string'
      ? { ...recurrence, variant: newNames[recurrence['variant']] ?? recurrence['variant'] }
      : recurrence;
  return {
    ...rest,
    version: 3,
    matmul: products,
    forward: renamed(forward),
    backward: renamed(backward),
  };
}

/**
 * A plan as stored in `config.json` of a run and in plan files; version 2 is read too.
 *
 * @internal
 */
export const planSchema: z.ZodType<KernelPlan> = z.preprocess(fromVersion2, version3);

/**
 * Checks a plan parsed from JSON: one that no adapter can run is refused. planProblem checks whether
 * a particular adapter can run it.
 *
 * @example
 * const plan = parsePlan(JSON.parse(await readText(files, 'plan.json')), 'plan.json');
 * const predictor = new Predictor(engine, trained, { plan });
 *
 * @param source name of the JSON, for errors: usually the path
 * @throws ConfigError with the first invalid field, its value and what is expected
 */
export function parsePlan(json: unknown, source: string, at: readonly string[] = []): KernelPlan {
  return checkSchema(planSchema, json, source, at);
}
