import { describe, expect, it } from 'vitest';
import type { ModelConfig } from '../../src/core/config.js';
import { notFiniteText } from '../../src/session/diagnosis.js';
import { TrainingSession, type TrainingOptions } from '../../src/session/training-session.js';
import type { Tensors, TrainingBatch } from '../../src/session/types.js';
import type { BufferPool } from '../../src/gpu/buffers.js';
import { Engine } from '../../src/gpu/engine.js';
import { layoutParameters } from '../../src/network/parameters.js';
import type { KernelPlan } from '../../src/plan/plan.js';
import { nodeShaders } from '../../src/platform/node/engine.js';
import { testEngine } from '../support/engine.js';
import { testGpu } from '../support/gpu.js';
import { randomBatch, randomParameters, tinyModel } from '../support/network.js';
import { needs } from '../support/needs.js';

const tiny = tinyModel({ dropout: 0.25 });
const lengths = [9, 17, 4];
const batch = randomBatch(tiny, lengths);

async function open(
  options: Partial<TrainingOptions> = {},
  model: ModelConfig = tiny,
  engine?: Engine,
): Promise<TrainingSession> {
  return TrainingSession.create(engine ?? (await testEngine()), model, {
    parameters: randomParameters(model),
    optimizer: { name: 'adam', beta1: 0.9, beta2: 0.999, eps: 1e-8 },
    clipNorm: 5,
    seed: 3,
    ...options,
  });
}

/** The batch with a feature of a frame of a row set. */
function withFeature(row: number, frame: number, feature: number, value: number): TrainingBatch {
  const features = batch.features.slice();
  const first = lengths.slice(0, row).reduce((sum, length) => sum + length, 0);
  features[(first + frame) * tiny.features + feature] = value;
  return { ...batch, features };
}

/** Parameters and moments, for comparisons to the bit. */
async function bits(session: TrainingSession): Promise<string> {
  const { parameters, optimizer, lossScale, step } = await session.state();
  const text = (tensors: Tensors) =>
    Object.entries(tensors).map(([name, { data }]) => `${name}:${[...data].join()}`);
  return [...text(parameters), ...text(optimizer), lossScale?.join(), step].join('\n');
}

/** Sets a value of a parameter on the device, which packing would refuse. */
function poke(session: TrainingSession, name: string, index: number, value: number): void {
  const { pool } = session as unknown as { readonly pool: BufferPool };
  const { size, parameters } = layoutParameters(session.model);
  const buffer = pool.named('parameters', size * 4);
  const at = parameters.find((own) => own.name === name)?.at(index) ?? NaN;
  pool.gpu.device.queue.writeBuffer(buffer, at * 4, Float32Array.of(value));
}

async function diagnosed(session: TrainingSession, of = batch): Promise<string | undefined> {
  const found = await session.diagnose(of);
  return found && notFiniteText(found, (row) => `${'abc'[row]}.wav`);
}

describe('what is not finite in a step', () => {
  it.each([NaN, Infinity, -Infinity])('is found in a feature that is %s', async (value) => {
    const session = await open();
    const found = await session.diagnose(withFeature(1, 11, 2, value));
    expect(found).toEqual({ value, tensor: 'features', index: 2, utterance: 1, frame: 11 });
    expect(found && notFiniteText(found)).toBe(
      `the features of utterance 1 of the batch hold ${value} (frame 11, feature 2)`,
    );
    session.destroy();
  });

  it('is found in a parameter', async () => {
    const session = await open();
    poke(session, 'frontend.bias', 3, NaN);
    expect(await diagnosed(session)).toBe("parameter 'frontend.bias' holds NaN (value 3)");
    session.destroy();
  });

  it('is found in the pass that overflows first, also in a later part of a split batch', async () => {
    const whole = await open();
    await whole.gradients(batch);
    const bad = withFeature(2, 1, 4, 3e38);
    // two parts, the longest utterance alone
    const memoryBudget = Math.floor(whole.bytes * 0.95);
    whole.destroy();
    for (const options of [{ memoryBudget: undefined }, { memoryBudget }]) {
      const session = await open(options);
      poke(session, 'frontend.weight', 4, 100); // of the first unit
      expect(await diagnosed(session, bad)).toMatch(
        /^pass 'frontend' \(matmul_\w+\) wrote Infinity into 'frontend' \(frame 1 of c.wav\)$/,
      );
      expect(session.bytes).toBeLessThanOrEqual(options.memoryBudget ?? Infinity);
      session.destroy();
    }
  });

  it('is found in a loss whose gradient is finite', async () => {
    const session = await open();
    poke(session, 'heads.emotion.output.bias', 0, 3e38);
    poke(session, 'heads.emotion.output.bias', 1, -3e38);
    const targets = { emotion: Int32Array.of(1, 1, 1) };
    const gradients = await session.gradients({ ...batch, targets });
    expect(Object.values(gradients).every(({ data }) => data.every(Number.isFinite))).toBe(true);
    await session.readLosses();
    const before = await bits(session);
    await session.step({ ...batch, targets }, 0.01);
    expect(await session.readLosses()).toMatchObject({ faults: [1], skipped: 1, lossless: 1 });
    expect((await bits(session)).replace(/\d+\n\d+$/, '')).toBe(before.replace(/\d+\n\d+$/, ''));
    expect(await diagnosed(session, { ...batch, targets })).toMatch(
      /^pass 'heads.emotion.loss' \(cross_entropy\) wrote (Infinity|NaN) into 'losses' \(value 0\)$/,
    );
    session.destroy();
  });

  it('is found in the norm of gradients that are finite', async () => {
    const heads = tiny.heads.map((head) => ({ ...head, weight: 1e30 }));
    const session = await open({}, { ...tiny, heads });
    await session.step(batch, 0.01);
    expect(await session.readLosses()).toMatchObject({ faults: [1], lossless: 0 });
    expect(await diagnosed(session)).toMatch(
      /^pass 'gradient norm' \(squared_sums\) wrote Infinity into 'squares' \(value \d+\)$/,
    );
    session.destroy();
  });

  it('is found in a recurrence whose workgroups wait in vain', async () => {
    const silent = (path: string): string =>
      nodeShaders(path)
        .replace(/atomicStore\(&exchange\[at\], .*\);/, '')
        .replace('u.patience', 'min(1u, u.patience)');
    const cooperative = { variant: 'cooperative', rows: 4, units: 4, lanes: 8 } as const;
    const { plan } = await open();
    const engine = new Engine(await testGpu(), silent);
    const session = await open({ plan: { ...plan, forward: cooperative } }, tiny, engine);
    expect(await diagnosed(session)).toMatch(
      /^pass 'recurrent: from step 0' \(recurrence_cooperative_forward\) wrote NaN into '[\w.]+' \(frame \d+ of [abc].wav\)$/,
    );
    session.destroy();
  });
});

describe('a diagnosis', () => {
  const plans: Record<string, Partial<KernelPlan>> = {
    'by rules': {},
    steps: {
      forward: { variant: 'steps', rows: 4, units: 4, lanes: 32 },
      backward: { variant: 'steps', rows: 4, units: 4, lanes: 32 },
    },
    // one slice: its workgroups wait for no other, so that it runs on any adapter
    cooperative: {
      forward: { variant: 'cooperative', rows: 4, units: 16, lanes: 32 },
      backward: { variant: 'cooperative', rows: 4, units: 16, lanes: 32 },
      stepsPerDispatch: 5,
    },
    f16: { precision: 'f16' },
  };

  it.for(Object.keys(plans))('finds nothing where there is nothing: %s', async (name, ctx) => {
    const { gpu } = await testEngine();
    if (name === 'f16') needs(ctx, gpu, 'shader-f16');
    const { plan } = await open();
    const session = await open({ plan: { ...plan, ...plans[name] } });
    if (name === 'f16') {
      for (let i = 0; i < 12; i++) await session.step(batch, 0.01); // finds its loss scale
    }
    await session.step(batch, 0.01);
    expect(await session.diagnose(batch)).toBeUndefined();
    session.destroy();
  });

  it('changes nothing: parameters, moments, dropout, and losses not yet taken', async () => {
    const run = async (diagnose: boolean) => {
      const session = await open();
      const told: unknown[] = [];
      for (let i = 0; i < 6; i++) {
        await session.step(i === 3 ? withFeature(0, 2, 1, NaN) : batch, 0.01);
        if (diagnose && i > 0) {
          await session.diagnose(batch);
          expect(await session.diagnose(withFeature(1, 3, 4, 3e38), 2)).toBeDefined();
        }
        if (i % 2 === 1) told.push(await session.readLosses());
      }
      const end = await bits(session);
      session.destroy();
      return { told, end };
    };
    expect(await run(true)).toEqual(await run(false));
  });
});

describe('updates that are not finite', () => {
  const bad = withFeature(0, 2, 1, NaN);

  it('are left out one by one: parameters and means are of the others, steps are named', async () => {
    const session = await open();
    for (const own of [batch, bad, bad, batch, bad]) await session.step(own, 0.01);
    const { total, tasks, gradientNorm, ...counts } = await session.readLosses();
    expect(counts).toEqual({ steps: 5, step: 5, skipped: 3, lossless: 3, faults: [2, 3, 5] });
    expect(total).toBeGreaterThan(0);
    expect(total).toBeCloseTo((tasks['emotion'] ?? NaN) + 0.3 * (tasks['speaker'] ?? NaN), 5);
    expect(gradientNorm).toBeGreaterThan(0);
    await session.step(bad, 0.01);
    expect((await session.readLosses()).faults).toEqual([6]);
    expect((await session.state()).lossScale).toEqual([1, 0, 4]);
    session.destroy();
  });

  it('count in no bias correction: those left out before change no bit but rounding', async () => {
    const model = tinyModel(); // no dropout, whose bits depend on the step
    const train = async (...batches: readonly TrainingBatch[]) => {
      const session = await open({}, model);
      for (const own of batches) await session.step(own, 0.01);
      const parameters = await session.parameters();
      session.destroy();
      return Object.values(parameters).flatMap(({ data }) => [...data]);
    };
    const expected = await train(batch, batch, batch);
    const got = await train(bad, bad, batch, bad, batch, batch);
    expect(expected.length).toBeGreaterThan(0);
    const worst = Math.max(...expected.map((value, i) => Math.abs(value - (got[i] ?? NaN))));
    expect(worst).toBeLessThan(2e-7); // counting them would be off by 1e-2
  });

  it('hold all that follow where asked for, until a state is loaded', async () => {
    const session = await open({ holdAtFault: true });
    await session.step(batch, 0.01);
    const { parameters, optimizer } = await session.state();
    for (const own of [bad, batch, batch]) await session.step(own, 0.01);
    expect(await session.readLosses()).toMatchObject({ faults: [2], skipped: 3, lossless: 3 });
    const held = await session.state();
    expect(held.parameters).toEqual(parameters);
    expect(held.optimizer).toEqual(optimizer);
    expect(await session.diagnose(bad, 2)).toMatchObject({ tensor: 'features', utterance: 0 });
    await session.step(batch, 0.01);
    expect((await session.readLosses()).skipped).toBe(1);
    session.loadState({ ...held, step: 1, lossScale: [1, 0] });
    await session.step(batch, 0.01);
    expect(await session.readLosses()).toMatchObject({ faults: [], skipped: 0, lossless: 0 });
    session.destroy();
  });

  it('are no faults in half precision while its loss scale is found, but NaN is', async (ctx) => {
    const { gpu } = await testEngine();
    needs(ctx, gpu, 'shader-f16');
    const heads = tiny.heads.map((head) => ({ ...head, weight: 30 * head.weight }));
    const session = await open({ precision: 'f16' }, { ...tiny, heads });
    for (let i = 0; i < 10; i++) await session.step(batch, 1e-4);
    const { skipped, faults, lossless } = await session.readLosses();
    expect([faults, lossless]).toEqual([[], 0]);
    expect(skipped).toBeGreaterThan(0);
    const [scale] = (await session.state()).lossScale ?? [];
    expect(scale).toBe(65536 / 2 ** skipped);
    await session.step(bad, 1e-4);
    expect(await session.readLosses()).toMatchObject({ skipped: 1, faults: [11], lossless: 1 });
    expect((await session.state()).lossScale?.[0]).toBe(scale); // which is not to blame
    session.destroy();
  });

  it('are faults in half precision where no loss scale helps', async (ctx) => {
    const { gpu } = await testEngine();
    needs(ctx, gpu, 'shader-f16');
    const heads = tiny.heads.map((head) => ({ ...head, weight: 1e9 }));
    const session = await open({ precision: 'f16' }, { ...tiny, heads });
    for (let i = 0; i < 20; i++) await session.step(batch, 1e-4);
    // 16 halvings from 65536 to 1
    expect(await session.readLosses()).toMatchObject({ skipped: 20, faults: [17, 18, 19, 20] });
    expect(await diagnosed(session)).toMatch(/^pass '.*' \(\w+\) wrote -?(Infinity|NaN) into/);
    session.destroy();
  });
});
