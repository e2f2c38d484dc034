import { expect, test } from 'vitest';
import { planProblem, type PlanTraits } from '../../src/plan/check.js';
import { fitPlan } from '../../src/plan/fit.js';
import { choosePlan, type KernelPlan } from '../../src/plan/plan.js';
import { tinyModel } from '../support/network.js';

const gpu: PlanTraits = {
  software: false,
  maxComputeWorkgroupStorageSize: 49152,
  maxComputeInvocationsPerWorkgroup: 1024,
  f16: false,
};
const small = tinyModel();
const large = tinyModel({ recurrent: { ...small.recurrent, units: 256 } });
const plan = (changes: Partial<KernelPlan>): KernelPlan => ({
  ...choosePlan(large, gpu),
  ...changes,
});

test('a plan for many units runs as it is for few', () => {
  const slices = { variant: 'steps', rows: 16, units: 32, lanes: 128 } as const;
  for (const own of [choosePlan(large, gpu), plan({ forward: slices, backward: slices })]) {
    expect(fitPlan(own, small, gpu)).toBe(own);
  }
});

test('where many units need more memory, only what has to shrinks', () => {
  const slices = { variant: 'cooperative', rows: 8, units: 16, lanes: 128 } as const;
  const given = plan({ forward: slices, backward: { ...slices, variant: 'steps' } });
  expect(planProblem(given, large, gpu)).toMatch(/^forward needs \d+ bytes of workgroup memory/);
  const own = fitPlan(given, large, gpu);
  expect(planProblem(own, large, gpu)).toBeUndefined();
  expect(own).toEqual({ ...given, forward: { ...slices, units: 8, lanes: 32 } });

  const rows = { variant: 'persistent', rows: 8, lanes: 256, block: 4, unroll: true } as const;
  const little = { ...gpu, maxComputeWorkgroupStorageSize: 32768 };
  const swept = fitPlan(plan({ backward: rows }), large, little);
  expect(swept.backward).toEqual({ ...rows, rows: 4 });
});

test('what is not the recurrence cannot shrink', () => {
  const matmul = { ...plan({}).matmul, dense: { variant: 'outer', rowLanes: 64, columnLanes: 64 } };
  expect(() => fitPlan(plan({ matmul } as Partial<KernelPlan>), small, gpu)).toThrow(
    /cannot run the plan for this model: matmul.dense needs 4096 lanes per workgroup, the adapter has 1024/,
  );
  expect(() => fitPlan(plan({ precision: 'f16' }), small, gpu)).toThrow(/lacks shader-f16/);
});
