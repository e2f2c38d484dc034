import { describe, expect, it, test } from 'vitest';
import type { LayerConfig, ModelConfig } from '../../src/core/config.js';
import { gradientProgram } from '../../src/network/programs.js';
import { type Part, passesOf } from '../../src/tuning/parts.js';
import { TrainingSession } from '../../src/session/training-session.js';
import { Engine } from '../../src/gpu/engine.js';
import { choosePlan } from '../../src/plan/plan.js';
import { nodeShaders } from '../../src/platform/node/engine.js';
import type { Candidates } from '../../src/tuning/candidates.js';
import { PlanCache, planKey } from '../../src/tuning/plan-cache.js';
import { settlePlan, type Tuning } from '../../src/tuning/settle.js';
import { planTraits } from '../../src/session/plan-traits.js';
import { tune } from '../../src/tuning/tune.js';
import { testEngine } from '../support/engine.js';
import { diskFull, MemoryFiles } from '../support/memory-files.js';
import { randomBatch, randomParameters, tinyModel } from '../support/network.js';

const model = tinyModel();
const optimizer = { name: 'sgd', momentum: 0 } as const;
const capacity = { frames: 15, utterances: 3, longest: 7 };

/** One other product, one that no adapter can run, and one other recurrence. */
const candidates: Candidates = (part, plan) => {
  const lanes = (rowLanes: number, columnLanes: number) => ({
    ...plan,
    matmul: {
      ...plan.matmul,
      dense: { variant: 'registers', rowLanes, columnLanes } as const,
    },
  });
  if (part === 'dense') return [lanes(2, 2), lanes(1 << 12, 1 << 12)];
  if (part !== 'forward') return [];
  return [{ ...plan, forward: { variant: 'steps', rows: 4, units: 8, lanes: 8 } }];
};

describe('tune', () => {
  it('gives a plan that trains, and goes on without a candidate that cannot be', async () => {
    const engine = await testEngine();
    const { plan, timings, steps, ...rest } = await tune(engine, model, { capacity, candidates });
    expect(rest).toMatchObject({ untried: 0, capacity });
    // the two recurrences by whole steps, and both plans where another one was found
    expect(steps.slice(0, 2).map(({ part }) => part)).toEqual(['forward', 'forward']);
    for (const { ms } of steps) expect(ms).toBeGreaterThan(0);
    expect(timings.map(({ candidate }) => candidate).slice(6)).toEqual([
      'registers 2x2',
      'registers 4096x4096',
      'steps rows 4, units 8, lanes 8',
    ]);
    const failed = timings.filter((timing) => 'failed' in timing);
    expect(failed).toMatchObject([{ candidate: 'registers 4096x4096' }]);
    for (const timing of timings) if ('ms' in timing) expect(timing.ms).toBeGreaterThan(0);
    engine.gpu.check(); // what failed was the candidate's
    const session = await TrainingSession.create(engine, model, {
      parameters: randomParameters(model),
      optimizer: { name: 'sgd', momentum: 0 },
      plan,
    });
    await session.step(randomBatch(model, [7, 5, 3]), 0.01);
    expect((await session.readLosses()).total).toBeGreaterThan(0);
    session.destroy();
  });
});

test('a plan is tuned for all layers of a list, over subsampled steps too', async () => {
  const engine = await testEngine();
  const { features, pooling, heads, dropout } = model;
  const recurrent = { kind: 'recurrent', ...model.recurrent } as const;
  const layers: readonly LayerConfig[] = [
    { kind: 'subsample', by: 2, how: 'mean' },
    { kind: 'dense', units: 8 },
    recurrent,
    { ...recurrent, cell: 'gru', units: 12 },
  ];
  const stacked = { features, layers, pooling, heads, dropout };
  const { plan, timings } = await tune(engine, stacked, { capacity, candidates });
  const timed = timings.flatMap((own) => ('ms' in own ? [own.part] : []));
  expect(timed).toEqual(expect.arrayContaining(['dense', 'forward', 'backward', 'heads']));
  const program = gradientProgram(stacked, plan, capacity);
  const names = (part: Part) =>
    passesOf(part, program).map((pass) => program.passes[pass]?.name.replace(/:.*/, ''));
  expect(new Set(names('forward'))).toEqual(new Set(['layers.2', 'layers.3']));
  const options = { parameters: randomParameters(stacked), optimizer, plan };
  const session = await TrainingSession.create(engine, stacked, options);
  await session.step(randomBatch(stacked, [7, 5, 3]), 0.01);
  expect((await session.readLosses()).total).toBeGreaterThan(0);
  session.destroy();
  const key = (own: ModelConfig) => planKey(engine.gpu.adapter, own, capacity, 'f32', false);
  expect(key(stacked)).not.toEqual(key({ ...stacked, layers: layers.slice(1) }));
});

test('a candidate that computes something else is passed over, however fast it is', async () => {
  const { gpu } = await testEngine();
  // a variant that the rules do not choose here, and its kernel with the last terms left out
  const rules = choosePlan(model, planTraits(gpu)).matmul.dense;
  const variant = rules.variant === 'outer' ? 'registers' : 'outer';
  const [kernel, bound] = variant === 'outer' ? ['matmul_outer', 'u.k'] : ['matmul_nt', 'k4'];
  const engine = new Engine(gpu, (path) => {
    const text = nodeShaders(path);
    return path === kernel ? text.replace(`p < ${bound}`, `p + 1u < ${bound}`) : text;
  });
  const dense = { variant, rowLanes: 4, columnLanes: 4 } as const;
  const wrong: Candidates = (part, plan) =>
    part === 'dense' ? [{ ...plan, matmul: { ...plan.matmul, dense } }] : [];
  const { plan, timings } = await tune(engine, model, { capacity, candidates: wrong });
  expect(timings.filter(({ part }) => part === 'dense').at(-1)).toMatchObject({
    candidate: `${variant} 4x4`,
    failed: expect.stringMatching(/^its gradients are off/) as string,
  });
  expect(plan.matmul.dense).toEqual(rules);
});

describe('settlePlan', () => {
  const tuning: Tuning = { mode: 'always', cache: 'cache', candidates };

  async function settle(files: MemoryFiles, changes: Partial<Tuning> = {}) {
    const lines: string[] = [];
    const found = await settlePlan(await testEngine(), model, {
      tuning: { ...tuning, ...changes },
      files,
      capacity,
      log: (line) => lines.push(line),
    });
    return { ...found, warnings: lines.filter((line) => line.startsWith('warning')) };
  }

  it('keeps a choice, and finds it again for batches of like size', async () => {
    const files = new MemoryFiles();
    const first = await settle(files);
    expect(first).toMatchObject({ chosen: 'tuned', warnings: [] });
    const [path = ''] = files.paths();
    expect(path).toMatch(/^cache\/plans\/[a-z0-9-]+\.json$/);
    const second = await settle(files);
    expect(second).toEqual({
      plan: first.plan,
      chosen: 'cached',
      origin: `tuned before, ${path}`,
      warnings: [],
    });
  });

  it('tunes anew where the file is damaged, and says so', async () => {
    const files = new MemoryFiles();
    const { plan } = await settle(files);
    const [path = ''] = files.paths();
    const whole = new TextDecoder().decode(await files.read(path));
    for (const damaged of [
      whole.slice(0, 100),
      whole.replace('"gradientGroups": ', '"gradientGroups": -'),
      whole.replace('"adapter": "', '"adapter": "other '),
    ]) {
      await files.write(path, damaged);
      const again = await settle(files);
      expect(again.chosen).toBe('tuned');
      expect(again.warnings).toHaveLength(1);
      expect(again.warnings[0]).toContain(path);
      expect(again.warnings[0]).toContain('the plan is tuned again');
      expect(again.plan.precision).toBe(plan.precision);
      expect((await settle(files)).chosen).toBe('cached');
    }
  });

  it('goes on where a choice cannot be kept', async () => {
    const files = new MemoryFiles();
    files.failOn((op, path) => (op === 'write' ? diskFull(path) : undefined));
    const found = await settle(files);
    expect(found.chosen).toBe('tuned');
    expect(found.warnings[0]).toContain('the plan is not stored');
  });

  it('takes the rules where it is told to', async () => {
    const files = new MemoryFiles();
    const engine = await testEngine();
    const found = await settle(files, { mode: 'never' });
    expect(found.chosen).toBe('rules');
    expect(found.plan).toEqual(choosePlan(model, planTraits(engine.gpu)));
    expect(files.paths()).toEqual([]);
  });
});

test('a choice is for an adapter, a network, a precision and sizes up to a power of two', async () => {
  const cache = new PlanCache(new MemoryFiles(), 'cache');
  const adapter = { name: 'Card 1', driver: 'driver 2' };
  const path = (changes: Partial<Parameters<typeof pathOf>[0]> = {}) =>
    pathOf({ adapter, model, capacity, precision: 'f32', cooperative: false, ...changes });
  const pathOf = (of: {
    adapter: typeof adapter;
    model: typeof model;
    capacity: typeof capacity;
    precision: 'f32' | 'f16';
    cooperative: boolean;
  }) => cache.pathOf(planKey(of.adapter, of.model, of.capacity, of.precision, of.cooperative));
  const own = await path();
  expect(own).toMatch(/^cache\/plans\/card-1-[0-9a-f]{24}\.json$/);
  expect(await path({ capacity: { frames: 16, utterances: 4, longest: 8 } })).toBe(own);
  const [head] = model.heads;
  const weighed = tinyModel({ heads: [{ ...head!, weight: 9 }, model.heads[1]!] });
  expect(await path({ model: weighed })).toBe(own);
  for (const changes of [
    { adapter: { ...adapter, driver: 'driver 3' } },
    { capacity: { ...capacity, frames: 17 } },
    { precision: 'f16' as const },
    { cooperative: true },
    { model: tinyModel({ recurrent: { ...model.recurrent, units: 12 } }) },
    { model: tinyModel({ dropout: 0.5 }) },
  ]) {
    expect(await path(changes)).not.toBe(own);
  }
});
