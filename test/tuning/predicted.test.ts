import { expect, test } from 'vitest';
import { lavapipe } from '../../src/cost/machines.js';
import { choosePlan, type KernelPlan } from '../../src/plan/plan.js';
import { byCost, cheapestPlan } from '../../src/tuning/cost.js';
import { partText, type Part } from '../../src/tuning/parts.js';
import { Predictions, rankCorrelation, rankCorrelations } from '../../src/tuning/predicted.js';
import type { CandidateTiming } from '../../src/tuning/search.js';
import { tinyModel } from '../support/network.js';

const plan = choosePlan(tinyModel(), {
  ...{ software: true, kind: lavapipe.name },
  ...{ maxComputeWorkgroupStorageSize: 16384, maxComputeInvocationsPerWorkgroup: 256 },
});
const groups = (gradientGroups: number): KernelPlan => ({ ...plan, gradientGroups });

test('candidates come cheapest first, equals in their order, and last those that have no cost', () => {
  const costs: Record<number, number> = { 2: 3, 8: 1, 16: 3, 32: 2 };
  const cost = (_: Part, own: KernelPlan): number => {
    const ms = costs[own.gradientGroups];
    if (ms === undefined) throw new Error('it cannot be built');
    return ms;
  };
  const candidates = (part: Part) =>
    part === 'gradientGroups' ? [2, 64, 8, 16, 32].map(groups) : [];
  const predictions = new Predictions();
  const sorted = byCost(candidates, cost, (...own) => predictions.add(...own));
  const found = sorted('gradientGroups', groups(8)).map((own) => own.gradientGroups);
  expect(found).toEqual([8, 32, 2, 16, 64]);
  const buildable = (part: Part) => candidates(part).filter((own) => own.gradientGroups !== 64);
  expect(cheapestPlan(groups(2), buildable, () => 1).gradientGroups).toBe(2);
  const alone: typeof cost = (part, own) => (part === 'gradientGroups' ? cost(part, own) : 1);
  expect(cheapestPlan(groups(2), buildable, alone).gradientGroups).toBe(8);
  // 10% apart: as they are listed
  const close = byCost(candidates, (_, own) => (own.gradientGroups === 16 ? 10 : 11));
  expect(close('gradientGroups', groups(2))).toEqual(candidates('gradientGroups'));
  const timings = [16, 64].map((own) => ({
    ...{ part: 'gradientGroups', candidate: partText('gradientGroups', groups(own)), ms: 5 },
  })) as unknown as CandidateTiming[];
  const [known, unknown] = predictions.beside(timings);
  expect(known).toMatchObject({ candidate: '16', ms: 5, predicted: 3 });
  expect(unknown).not.toHaveProperty('predicted');
});

test('the rank correlation is Spearman’s', () => {
  const pairs = (all: readonly (readonly [number, number])[]) =>
    all.map(([ms, predicted]) => ({ ms, predicted }));
  const up = [
    [1, 10],
    [2, 11],
    [9, 500],
  ] as const;
  expect(rankCorrelation(pairs(up))).toBeCloseTo(1);
  expect(rankCorrelation(pairs(up.map(([a, b]) => [a, -b] as const)))).toBeCloseTo(-1);
  // scipy.stats.spearmanr([1, 2, 3, 4, 5], [5, 6, 7, 8, 7]) gives 0.8207826816681233
  const tied = [5, 6, 7, 8, 7].map((own, i) => [i + 1, own] as const);
  expect(rankCorrelation(pairs(tied))).toBeCloseTo(0.8207826816681233, 12);
  expect(rankCorrelation(pairs(up.slice(1)))).toBeUndefined();
  expect(rankCorrelation(pairs(up.map(([a]) => [a, 1] as const)))).toBeUndefined();
  const timings = up.map(([ms, predicted]) => ({
    ...{ part: 'dense', candidate: '', ms, predicted },
  })) as unknown as Parameters<typeof rankCorrelations>[0];
  expect(rankCorrelations(timings)).toEqual({ dense: 1 });
});
