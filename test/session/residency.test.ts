import { expect, it } from 'vitest';
import { Engine } from '../../src/gpu/engine.js';
import type { ShaderSource } from '../../src/kernels/shader.js';
import { nodeShaders } from '../../src/platform/node/engine.js';
import type { CooperativePlan, KernelPlan } from '../../src/plan/plan.js';
import { checkResidency, residencyProblem } from '../../src/session/residency.js';
import { testGpu } from '../support/gpu.js';
import { tinyModel } from '../support/network.js';
import { planWith } from '../support/plans.js';

/** The package's shaders, but all workgroups of a tile except its first stay away from a probe. */
const absent: ShaderSource = (path) => {
  const text = nodeShaders(path);
  if (path !== 'recurrence_cooperative') return text;
  const edited = text.replace(
    'if (lane == 0u) { announce',
    'if (lane == 0u && slice_of_probe == 0u) { announce',
  );
  if (edited === text) throw new Error(`${path} probes in another way`);
  return `var<private> slice_of_probe: u32;\n${edited}`;
};

/** The same, and the kernels tell it which slice they are; a wait is short. */
const lonely: ShaderSource = (path) => {
  const text =
    path === 'recurrence_words'
      ? nodeShaders(path).replaceAll('u.patience', 'min(9u, u.patience)')
      : absent(path);
  return text.replace(
    '  if (u.probing != 0u) {',
    '  slice_of_probe = slice;\n  if (u.probing != 0u) {',
  );
};

const slices: CooperativePlan = { variant: 'cooperative', rows: 4, units: 4, lanes: 8 };

function planOf(engine: Engine, changes: Partial<KernelPlan>) {
  const model = tinyModel();
  return { model, plan: planWith(engine, model, changes) };
}

it.each([
  ['forward', { forward: slices }],
  ['backward', { backward: slices }],
] as const)('workgroups of %s that do not run at once are found out', async (way, changes) => {
  const engine = new Engine(await testGpu(), lonely);
  const { model, plan } = planOf(engine, changes);
  const found = await residencyProblem(engine, model, plan, 5);
  // two tiles of two directions
  expect(found).toMatch(new RegExp(`^${way} needs \\d+ workgroups at once, but in 4 of 4 groups`));
  await expect(checkResidency(engine, model, plan, 5, 'plan.json')).rejects.toThrow(
    /^plan.json: .* at once/,
  );
});

it('one slice waits for nobody', async () => {
  const engine = new Engine(await testGpu(), lonely);
  const whole: CooperativePlan = { ...slices, units: 64, lanes: 64 };
  const { model, plan } = planOf(engine, { forward: whole, backward: whole });
  expect(await residencyProblem(engine, model, plan, 5)).toBeUndefined();
});

it('other recurrences wait for nobody', async () => {
  const engine = new Engine(await testGpu(), lonely);
  const { model, plan } = planOf(engine, {});
  expect(await residencyProblem(engine, model, plan, 5)).toBeUndefined();
});

it('those that run at once pass', async (context) => {
  const engine = new Engine(await testGpu(), nodeShaders);
  const { model, plan } = planOf(engine, { forward: slices, backward: slices });
  const found = await residencyProblem(engine, model, plan, 4);
  if (found !== undefined) context.skip(`here they do not: ${found}`);
});
