import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { attendsToStates } from '../../src/core/cells.js';
import type { ModelConfig } from '../../src/core/config.js';
import { recurrentLayers } from '../../src/core/layers.js';
import { parseJson } from '../../src/core/json.js';
import { readSafetensors } from '../../src/core/safetensors.js';
import { planTraits } from '../../src/session/plan-traits.js';
import { verifyNetworkFixture, type VerifyOptions } from '../../src/session/verify.js';
import { pad4 } from '../../src/kernels/descriptor.js';
import type { CooperativePlan, KernelPlan, RecurrencePlan } from '../../src/plan/plan.js';
import { parseModelConfig } from '../../src/network/model-config.js';
import { planProblem } from '../../src/plan/check.js';
import { testEngine } from '../support/engine.js';
import { planVariants, planWith, subgroupMatmuls, unrolledMatmuls } from '../support/plans.js';
import { needs } from '../support/needs.js';

const folder = fileURLToPath(new URL('../fixtures/network/', import.meta.url));
const names = readdirSync(folder).filter((name) => name.endsWith('.safetensors'));

function read(name: string) {
  const file = readSafetensors(readFileSync(folder + name), { source: name });
  return { file, model: parseModelConfig(parseJson(file.metadata['config'] ?? '', name), name) };
}

async function expectFixture(name: string, options: VerifyOptions = {}): Promise<void> {
  const { file } = read(name);
  const found = await verifyNetworkFixture(await testEngine(), file, name, options);
  // logits, losses, gradients, trajectory and, in single precision, changed parameters: none may be missing
  const half = (options.plan?.precision ?? options.precision) === 'f16';
  const expected = [...file.tensors.keys()].filter(
    (tensor) => tensor.startsWith('expect/') && !(half && tensor.startsWith('expect/param_after/')),
  );
  expect(found.map(({ tensor }) => tensor).sort()).toEqual(expected.sort());
  expect(found.filter(({ error, tolerance }) => !(error <= tolerance))).toEqual([]);
}

describe('network fixtures of the PyTorch oracle', () => {
  it('are all here', () => {
    expect(names).toHaveLength(46);
  });

  for (const name of names) {
    it(name, () => expectFixture(name));
  }
});

/** Where a plan changes recurrences alone, one of each kind of them will do: the kernels are tested against f64, too. */
const recurrences = names.filter((name) =>
  /^(alstm_(period5|every_step|odd_shapes)|agru_(period5|odd_shapes)|gru|lstm|mean_lstm|stacked_mixed)/.test(
    name,
  ),
);

describe.for(Object.entries(planVariants))('fixtures with %s', ([, changes]) => {
  it.for(changes.matmul ? names : recurrences)('%s', async (name) => {
    const engine = await testEngine();
    const { model } = read(name);
    const plan: KernelPlan = planWith(engine, model, fitted(changes, mostUnits(model)));
    expect(planProblem(plan, model, planTraits(engine.gpu))).toBeUndefined();
    await expectFixture(name, { plan });
  });
});

describe('fixtures with several cooperative workgroups a tile', () => {
  const withoutAttention = names.filter(
    (name) => !recurrentLayers(read(name).model).some(({ cell }) => attendsToStates(cell)),
  );
  const slices = (slice: number): Partial<KernelPlan> => ({
    forward: { variant: 'cooperative', rows: 4, units: slice, lanes: 32 },
    backward: { variant: 'cooperative', rows: 8, units: slice, lanes: 32 },
  });

  // what they hand on is there at the next dispatch, so that none waits
  it.for(withoutAttention)('%s, a step a dispatch', async (name) => {
    const { model } = read(name);
    const changes = { ...slices(Math.ceil(mostUnits(model) / 2)), stepsPerDispatch: 1 };
    await expectFixture(name, { plan: planWith(await testEngine(), model, changes) });
  });

  // attention waits within a step: whether workgroups run at once is the adapter's affair
  it('alstm_period5.safetensors, all steps at once: no number is wrong', async (ctx) => {
    const name = 'alstm_period5.safetensors';
    const { file, model } = read(name);
    const engine = await testEngine();
    const plan = planWith(engine, model, slices(Math.ceil(mostUnits(model) / 2)));
    for (let tries = 0; tries < 3; tries++) {
      const found = await verifyNetworkFixture(engine, file, name, { plan });
      const inVain = found.some(({ error }) => !Number.isFinite(error)); // NaN was handed on
      const wrong = found.filter(({ error, tolerance }) => !(error <= tolerance));
      if (!inVain) return expect(wrong).toEqual([]);
      // of those that waited in vain nothing is a number, and parameters are as they were
      const numbers = wrong.filter(({ error }) => Number.isFinite(error));
      expect(numbers.filter(({ tensor }) => !tensor.includes('/param_after/'))).toEqual([]);
    }
    ctx.skip(`on ${engine.gpu.adapter.name} workgroups do not run at once: they waited in vain`);
  });
});

describe('fixtures in half precision', () => {
  it.for(names)('%s', async (name, ctx) => {
    needs(ctx, (await testEngine()).gpu, 'shader-f16');
    await expectFixture(name, { precision: 'f16' });
  });

  it('are refused by an adapter without it', async (ctx) => {
    const { gpu } = await testEngine();
    if (gpu.features.has('shader-f16')) ctx.skip(`${gpu.adapter.name} has shader-f16`);
    await expect(expectFixture(names[0] ?? '', { precision: 'f16' })).rejects.toThrow(
      /cannot store in half precision: it lacks shader-f16/,
    );
  });
});

it('a fixture with a pipeline for each shape of a matmul', async () => {
  const name = 'lstm.safetensors';
  const changes = { matmul: unrolledMatmuls };
  await expectFixture(name, { plan: planWith(await testEngine(), read(name).model, changes) });
});

describe('fixtures with subgroup matrices', () => {
  it.for(names)('%s', async (name, ctx) => {
    const engine = await testEngine();
    const { gpu } = engine;
    needs(ctx, gpu, 'shader-f16');
    needs(ctx, gpu, 'chromium-experimental-subgroup-matrix');
    const { model } = read(name);
    for (const matrix of gpu.subgroupMatrices) {
      const matmul = subgroupMatmuls(matrix, gpu.subgroupSize.max);
      const plan = planWith(engine, model, { matmul, gradientGroups: 4 }, 'f16');
      expect(planProblem(plan, model, planTraits(gpu))).toBeUndefined();
      await expectFixture(name, { plan });
    }
  });
});

function mostUnits(model: ModelConfig): number {
  return Math.max(...recurrentLayers(model).map(({ units }) => units));
}

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
