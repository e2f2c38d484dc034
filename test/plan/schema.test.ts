import { describe, expect, it, test } from 'vitest';
import { ConfigError } from '../../src/core/errors.js';
import { choosePlan, type KernelPlan } from '../../src/plan/plan.js';
import { checkPlan, planBytes, planProblem, type PlanTraits } from '../../src/plan/check.js';
import { parsePlan } from '../../src/plan/schema.js';
import { tinyModel } from '../support/network.js';

const model = tinyModel();
const large: PlanTraits = {
  software: false,
  maxComputeWorkgroupStorageSize: 49152,
  maxComputeInvocationsPerWorkgroup: 1024,
  f16: true,
};
const usual: PlanTraits = {
  ...large,
  maxComputeWorkgroupStorageSize: 16384,
  maxComputeInvocationsPerWorkgroup: 256,
};
const plan = choosePlan(model, usual);
const withDense = (dense: object) => ({ ...plan, matmul: { ...plan.matmul, dense } });
const steps = { variant: 'steps', rows: 8, units: 8, lanes: 64 } as const;

describe('a plan from JSON', () => {
  it('is read as it was written', () => {
    for (const traits of [usual, { ...usual, software: true }]) {
      const chosen = choosePlan(model, traits, 'f16');
      for (const backward of [steps, { ...plan.backward, parts: 4 }]) {
        const written = { ...chosen, backward };
        expect(parsePlan(JSON.parse(JSON.stringify(written)), 'p')).toEqual(written);
      }
    }
  });

  it.each<[string, unknown, string]>([
    ['no object', 3, 'p is 3, expected an object'],
    ['another version', { ...plan, version: 1 }, 'p: version is 1, expected 3'],
    [
      'a precision',
      { ...plan, precision: 'f64' },
      'precision is "f64", expected one of "f32", "f16"',
    ],
    [
      'a part too few',
      { ...plan, forward: undefined },
      'p: forward is missing, expected an object',
    ],
    ['an unknown key', { ...plan, speed: 1 }, 'unknown key "speed"'],
    [
      'groups',
      { ...plan, gradientGroups: 0 },
      'gradientGroups is 0, expected an integer of at least 1',
    ],
    [
      'a variant',
      withDense({ variant: 'fast' }),
      'matmul.dense.variant is "fast", expected one of',
    ],
    [
      'lanes',
      withDense({ variant: 'outer', rowLanes: 1.5, columnLanes: 4 }),
      'matmul.dense.rowLanes is 1.5, expected an integer of at least 1',
    ],
    [
      'micro tiles',
      withDense({ variant: 'tiled', rowLanes: 8, columnLanes: 8, micro: 6 }),
      'matmul.dense.micro is 6, expected one of 4, 8',
    ],
    [
      'a depth that lanes cannot stage',
      withDense({ variant: 'tiled', rowLanes: 8, columnLanes: 8, depth: 32, micro: 8 }),
      'matmul.dense.depth is 32, expected a multiple of 4 up to 16 for 8 x 8 lanes',
    ],
    [
      'a depth that matrices do not divide',
      withDense({
        variant: 'subgroup',
        ...{ rowLanes: 4, columnLanes: 32, depth: 24, matrix: { m: 16, n: 16, k: 16 } },
      }),
      "matmul.dense.depth is 24, expected a multiple of 16, the matrix's k",
    ],
    [
      'buffers',
      withDense({ variant: 'tiled', rowLanes: 8, columnLanes: 8, buffers: 3 }),
      'matmul.dense.buffers is 3, expected one of 1, 2',
    ],
    [
      'a depth of another variant',
      withDense({ variant: 'registers', rowLanes: 8, columnLanes: 8, depth: 16 }),
      'matmul.dense: unknown key "depth"',
    ],
    ['rows forward', { ...plan, forward: { ...plan.forward, rows: 3 } }, 'forward.rows is 3'],
    [
      'parts of a sum',
      { ...plan, forward: { ...plan.forward, parts: 3 } },
      'forward.parts is 3, expected one of 1, 2, 4',
    ],
    [
      'lanes that parts do not divide',
      { ...plan, backward: { ...plan.backward, lanes: 6, parts: 4 } },
      'backward.lanes is 6, expected a multiple of 4, the lanes that share a unit',
    ],
    [
      'rows backward',
      { ...plan, backward: { ...plan.backward, rows: 16 } },
      'expected one of 1, 2, 4',
    ],
    [
      'rows of slices',
      { ...plan, forward: { ...steps, rows: 6 } },
      'rows is 6, expected a multiple of',
    ],
    [
      'units without lanes',
      { ...plan, forward: { ...steps, lanes: 15 } },
      'forward.lanes is 15, expected at least 16, a lane for each unit and 4 rows',
    ],
  ])('is refused for %s', (_, json, message) => {
    const read = () => parsePlan(json, 'p');
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(message);
  });
});

describe('what an adapter cannot run', () => {
  const problem = (changes: Partial<KernelPlan>, traits = usual, own = model) =>
    planProblem({ ...plan, ...changes }, own, traits);

  it('is nothing of the plans by rules', () => {
    for (const units of [4, 64, 250, 256]) {
      const own = tinyModel({ recurrent: { ...model.recurrent, units } });
      for (const traits of [usual, large, { ...usual, software: true }]) {
        expect(planProblem(choosePlan(own, traits), own, traits)).toBeUndefined();
      }
    }
  });

  it('is the memory of staged matrices', () => {
    const matrix = { m: 16, n: 16, k: 16 };
    const own = { variant: 'subgroup', rowLanes: 4, columnLanes: 32, depth: 32, matrix } as const;
    const matmul = { ...plan.matmul, dense: own, weightGradient: { ...own, buffers: 2 as const } };
    const traits = { ...usual, subgroups: { lanes: 32, matrices: [matrix] } };
    // tiles of 128 x 32 and 64 x 32 halves, two quads more a row, and a matrix of sums a subgroup
    const dense = 8 * (128 + 64) * (32 / 4 + 2) + 4 * 4 * 256;
    expect(problem({ matmul }, traits)).toBe(
      `matmul.dense needs ${dense} bytes of workgroup memory, the adapter has 16384`,
    );
    const weights = 2 * 8 * 32 * (128 / 4 + 2 + 64 / 4 + 2) + 4 * 4 * 256;
    expect(problem({ matmul }, { ...traits, maxComputeWorkgroupStorageSize: 24576 })).toBe(
      `matmul.weightGradient needs ${weights} bytes of workgroup memory, the adapter has 24576`,
    );
    expect(
      problem({ matmul }, { ...traits, maxComputeWorkgroupStorageSize: 49152 }),
    ).toBeUndefined();
  });

  it('is no sweep where its workgroup has no memory for the units: then a dispatch a step', () => {
    for (const software of [true, false]) {
      const small = { ...usual, software, maxComputeWorkgroupStorageSize: 16384 };
      const at = (units: number) => tinyModel({ recurrent: { ...model.recurrent, units } });
      const chosen = choosePlan(at(700), small);
      expect(chosen.forward.variant).toBe('steps');
      expect(planProblem(chosen, at(700), small)).toBeUndefined();
      expect(() => choosePlan(at(2000), small)).toThrow('2000 recurrent units need more workgroup');
    }
  });

  it('decides by the rules how many lanes share a sum on a graphics card', () => {
    const own = tinyModel({ recurrent: { ...model.recurrent, units: 256 } });
    const tile = ({ forward, backward }: KernelPlan) => [forward, backward];
    const sweep = { variant: 'persistent', rows: 4, lanes: 256, unroll: true };
    expect(tile(choosePlan(own, large))).toEqual([
      { ...sweep, block: 2, parts: 2 },
      { ...sweep, block: 4, parts: 4 },
    ]);
    expect(tile(choosePlan(own, usual))).toEqual([
      { ...sweep, block: 1 },
      { ...sweep, rows: 2, block: 4, parts: 2 },
    ]);
  });

  it('agrees with the rules on the memory of a sweep', () => {
    const own = tinyModel({ recurrent: { ...model.recurrent, units: 256 } });
    const software = { ...large, software: true };
    for (const way of ['forward', 'backward'] as const) {
      const bytes = planBytes(choosePlan(own, software), own)[way];
      const exact = { ...software, maxComputeWorkgroupStorageSize: bytes };
      const rows = (traits: PlanTraits) => choosePlan(own, traits)[way].rows;
      expect(rows(exact)).toBe(8);
      expect(rows({ ...exact, maxComputeWorkgroupStorageSize: bytes - 1 })).toBe(4);
    }
  });

  it('is too much memory, too many lanes, or storage that it lacks', () => {
    expect(problem({ precision: 'f16' }, { ...usual, f16: false })).toContain('shader-f16');
    const sides = { rowLanes: 16, columnLanes: 16 } as const;
    const dense = { variant: 'tiled', ...sides, depth: 32, micro: 8 } as const;
    const matmul = { ...plan.matmul, dense };
    expect(problem({ matmul })).toContain('matmul.dense needs 33792 bytes');
    expect(problem({ matmul }, large)).toBeUndefined();
    const matrices = { variant: 'subgroup', ...sides } as const;
    expect(problem({ matmul: { ...plan.matmul, heads: matrices } })).toContain('heads');
    expect(problem({ backward: { ...steps, lanes: 512 } })).toContain('backward needs 512 lanes');
    expect(problem({ backward: steps })).toBeUndefined();
    const wide = tinyModel({ recurrent: { ...model.recurrent, units: 256 } });
    const cooperative = { variant: 'cooperative', rows: 4, units: 4, lanes: 64 } as const;
    expect(problem({ backward: cooperative }, usual, wide)).toContain('workgroup memory');
    const { forward } = choosePlan(wide, usual);
    const halves = { forward, backward: cooperative, precision: 'f16' } as const;
    expect(problem(halves, usual, wide)).toBeUndefined();
    expect(problem({ backward: cooperative }, large, wide)).toBeUndefined();
    const streamed = { ...cooperative, weights: 'streamed' } as const;
    expect(problem({ forward, backward: streamed }, usual, wide)).toBeUndefined();
    const kept = { ...cooperative, weights: 'registers' } as const;
    expect(problem({ forward: kept, backward: kept }, usual, wide)).toBeUndefined();
    expect(problem({ forward: { ...kept, units: 64 }, backward: kept }, usual, wide)).toContain(
      'weights a lane',
    );
    expect(problem({ forward, backward: { ...kept, lanes: 32 } }, usual, wide)).toContain(
      'needs 64',
    );
  });

  it('is lanes that parts do not divide', () => {
    const backward = { ...plan.backward, lanes: 30, parts: 4 };
    expect(problem({ backward })).toContain('30 lanes, which 4 parts');
  });

  it('is lanes that the rows of an A-LSTM do not share', () => {
    const forward = { variant: 'persistent', rows: 8, lanes: 4, block: 1, unroll: false } as const;
    expect(problem({ forward })).toContain('4 lanes, which 8 rows do not divide evenly');
    const lstm = tinyModel({ recurrent: { ...model.recurrent, cell: 'lstm' } });
    expect(problem({ forward }, usual, lstm)).toBeUndefined();
  });
});

test('a plan that somebody gave is refused in one line', () => {
  const check = () => checkPlan({ ...plan, backward: { ...steps, lanes: 512 } }, model, usual, 'p');
  expect(check).toThrow(ConfigError);
  expect(check).toThrow(/^p: backward needs 512 lanes per workgroup, the adapter has 256$/);
});
