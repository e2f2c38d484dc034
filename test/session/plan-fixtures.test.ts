import { describe, expect, it } from 'vitest';
import { attendsToStates } from '../../src/core/cells.js';
import { recurrentLayers } from '../../src/core/layers.js';
import { pad4 } from '../../src/kernels/descriptor.js';
import { planProblem } from '../../src/plan/check.js';
import type { CooperativePlan, KernelPlan, RecurrencePlan } from '../../src/plan/plan.js';
import { planTraits } from '../../src/session/plan-traits.js';
import { verifyNetworkFixture } from '../../src/session/verify.js';
import { testEngine } from '../support/engine.js';
import {
  expectFixture,
  mostUnits,
  networkFixtures,
  readNetworkFixture,
} from '../support/network-fixtures.js';
import { planVariants, planWith, subgroupMatmuls, unrolledMatmuls } from '../support/plans.js';
import { needs } from '../support/needs.js';

/** One of each kind of recurrence: where a plan changes those alone; the kernels are tested against f64, too. */
const recurrences = networkFixtures.filter((name) =>
  /^(alstm_(period5|every_step|odd_shapes)|agru_(period5|odd_shapes)|gru|lstm|mean_lstm|stacked_mixed)/.test(
    name,
  ),
);

/** And one of each kind of what is before and after them: where a plan changes matmuls, those alone. */
const all = networkFixtures.filter(
  (name) =>
    recurrences.includes(name) ||
    /^(agru_wide|alstm_(wide|mean_pool)|deviation_(alstm|one_way)|functionals|gradient_reversal|layers_classic|regression\.|stacked_alstm|subsample_(16|between|concatenate))/.test(
      name,
    ),
);

describe.for(Object.entries(planVariants))('fixtures with %s', ([, changes]) => {
  it.for(changes.matmul ? all : recurrences)('%s', async (name) => {
    const engine = await testEngine();
    const { model } = readNetworkFixture(name);
    const { matmul, gradientGroups } = changes;
    const own = recurrences.includes(name)
      ? fitted(changes, mostUnits(model))
      : { ...(matmul && { matmul }), ...(gradientGroups && { gradientGroups }) };
    const plan: KernelPlan = planWith(engine, model, own);
    expect(planProblem(plan, model, planTraits(engine.gpu))).toBeUndefined();
    await expectFixture(name, { plan });
  });
});

describe('fixtures with several cooperative workgroups a tile', () => {
  const withoutAttention = networkFixtures.filter(
    (name) =>
      !recurrentLayers(readNetworkFixture(name).model).some(({ cell }) => attendsToStates(cell)),
  );
  const slices = (slice: number): Partial<KernelPlan> => ({
    forward: { variant: 'cooperative', rows: 4, units: slice, lanes: 32 },
    backward: { variant: 'cooperative', rows: 8, units: slice, lanes: 32 },
  });

  // each dispatch runs one step: what it sends has arrived before the next one reads it
  it.for(withoutAttention)('%s, a step a dispatch', async (name) => {
    const { model } = readNetworkFixture(name);
    const changes = { ...slices(Math.ceil(mostUnits(model) / 2)), stepsPerDispatch: 1 };
    await expectFixture(name, { plan: planWith(await testEngine(), model, changes) });
  });

  // attention waits within a step, and it depends on the adapter whether workgroups run at once
  it('alstm_period5.safetensors, all steps at once: no number is wrong', async (ctx) => {
    const name = 'alstm_period5.safetensors';
    const { file, model } = readNetworkFixture(name);
    const engine = await testEngine();
    const plan = planWith(engine, model, slices(Math.ceil(mostUnits(model) / 2)));
    for (let tries = 0; tries < 3; tries++) {
      const found = await verifyNetworkFixture(engine, file, name, { plan });
      const timedOut = found.some(({ error }) => !Number.isFinite(error)); // a wait timed out: NaN was sent
      const wrong = found.filter(({ error, tolerance }) => !(error <= tolerance));
      if (!timedOut) return expect(wrong).toEqual([]);
      // a step whose wait timed out gives nothing but NaN, and its update is skipped: later losses and parameters differ
      const numbers = wrong.filter(({ error }) => Number.isFinite(error));
      const later = /\/(param_after\/|trajectory$)/;
      expect(numbers.filter(({ tensor }) => !later.test(tensor))).toEqual([]);
    }
    ctx.skip(`on ${engine.gpu.adapter.name} workgroups do not run at once: their waits timed out`);
  });
});

it('a fixture with a pipeline for each shape of a matmul', async () => {
  const name = 'lstm.safetensors';
  const changes = { matmul: unrolledMatmuls };
  await expectFixture(name, {
    plan: planWith(await testEngine(), readNetworkFixture(name).model, changes),
  });
});

describe('fixtures with subgroup matrices', () => {
  it.for(networkFixtures)('%s', async (name, ctx) => {
    const engine = await testEngine();
    const { gpu } = engine;
    needs(ctx, gpu, 'shader-f16');
    needs(ctx, gpu, 'chromium-experimental-subgroup-matrix');
    const { model } = readNetworkFixture(name);
    for (const matrix of gpu.subgroupMatrices) {
      const matmul = subgroupMatmuls(matrix, gpu.subgroupSize.max);
      const plan = planWith(engine, model, { matmul, gradientGroups: 4 }, 'f16');
      expect(planProblem(plan, model, planTraits(gpu))).toBeUndefined();
      await expectFixture(name, { plan });
    }
  });
});

/**
 * One slice, whose workgroups wait for no other, holds all units. More than 16 leave no memory for their weights: those go
 * step by step, or have their weights elsewhere.
 */
function fitted(changes: Partial<KernelPlan>, units: number): Partial<KernelPlan> {
  const { forward, backward } = changes;
  if (forward?.variant !== 'cooperative' || backward?.variant !== 'cooperative') return changes;
  const slice = (own: CooperativePlan): RecurrencePlan => {
    const { rows, weights } = own;
    if (units <= 16) return own;
    if (weights === undefined || units > 64)
      return { variant: 'steps', rows, units: 16, lanes: 64 };
    const whole = pad4(units);
    return { ...own, units: whole, lanes: Math.max(own.lanes, (whole * rows) / 4) };
  };
  return { ...changes, forward: slice(forward), backward: slice(backward) };
}
