import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/core/errors.js';
import { relativeError } from '../../src/core/tensor.js';
import { InferenceSession } from '../../src/session/inference-session.js';
import { TrainingSession, type TrainingOptions } from '../../src/session/training-session.js';
import type { Tensors, TrainingBatch } from '../../src/session/types.js';
import { gradientProgram } from '../../src/network/programs.js';
import { testEngine } from '../support/engine.js';
import { randomBatch, randomParameters, reorder, tinyModel } from '../support/network.js';
import { needs } from '../support/needs.js';

const adam = { name: 'adam', beta1: 0.9, beta2: 0.999, eps: 1e-8 } as const;

async function train(model = tinyModel(), options: Partial<TrainingOptions> = {}) {
  return TrainingSession.create(await testEngine(), model, {
    parameters: randomParameters(model),
    optimizer: adam,
    clipNorm: 5,
    ...options,
  });
}

function worst(got: Tensors, expected: Tensors): number {
  const errors = Object.entries(expected).map(([name, { data }]) =>
    relativeError(got[name]?.data ?? [], data),
  );
  return errors.length > 0 ? Math.max(...errors) : NaN; // nothing is not near
}

/** Bytes of all tensors, for comparisons to the bit. */
function bits(tensors: Tensors): string {
  return Object.entries(tensors)
    .map(([name, { data }]) => `${name}:${Buffer.from(data.buffer).toString('base64')}`)
    .join('\n');
}

const lengths = [17, 3, 9, 12, 1, 8];

describe('TrainingSession', () => {
  it('overfits one batch', async () => {
    const model = tinyModel();
    const session = await train(model);
    const batch = randomBatch(model, lengths);
    await session.step(batch, 0.02);
    const first = (await session.readLosses()).total;
    for (let i = 0; i < 60; i++) await session.step(batch, 0.02);
    const { steps, total } = await session.readLosses();
    expect(steps).toBe(60);
    await session.step(batch, 0.02);
    const last = (await session.readLosses()).total;
    expect(total).toBeLessThan(first);
    expect(last).toBeLessThan(0.1 * first);
    session.destroy();
  });

  it('a split batch accumulates the same gradients and losses, and stays in the budget', async () => {
    const model = tinyModel({ dropout: 0.5 });
    const batch = randomBatch(model, lengths);
    const whole = await train(model, { seed: 3 });
    const expected = await whole.gradients(batch);
    const losses = await whole.readLosses();
    const budget = Math.floor(whole.bytes * 0.85);
    whole.destroy();
    const session = await train(model, { seed: 3, memoryBudget: budget });
    const got = await session.gradients(batch);
    expect(session.bytes).toBeLessThanOrEqual(budget);
    expect(worst(got, expected)).toBeLessThan(1e-5);
    const split = await session.readLosses();
    expect(split.total).toBeCloseTo(losses.total, 5);
    session.destroy();
    const tiny = await train(model, { memoryBudget: 20_000 });
    await expect(tiny.gradients(batch)).rejects.toThrow(/17 frames does not fit the memory budget/);
    tiny.destroy();
  });

  it('dropout depends on utterance, frame and unit, not on the row or the order', async () => {
    const model = tinyModel({ dropout: 0.5 });
    const batch = randomBatch(model, lengths);
    const session = await train(model, { seed: 11 });
    const expected = await session.gradients(batch);
    const shuffled = await session.gradients(reorder(model, batch, [4, 2, 0, 5, 3, 1]));
    expect(worst(shuffled, expected)).toBeLessThan(1e-5);
    // another step, another seed and another identity draw other bits
    await session.step(batch, 0);
    expect(worst(await session.gradients(batch), expected)).toBeGreaterThan(0.1);
    session.destroy();
    const other = await train(model, { seed: 12 });
    expect(worst(await other.gradients(batch), expected)).toBeGreaterThan(0.1);
    const renamed = { ...batch, utterances: batch.utterances.map((id) => id + 1) };
    other.destroy();
    const same = await train(model, { seed: 11 });
    expect(worst(await same.gradients(renamed), expected)).toBeGreaterThan(0.1);
    same.destroy();
  });

  it('the same plan twice gives the same bits, whatever larger batches came before', async () => {
    const model = tinyModel({ dropout: 0.5 });
    const batches = [randomBatch(model, lengths, 'a'), randomBatch(model, [4, 9, 2], 'b')];
    const run = async (grow: boolean) => {
      const session = await train(model, { seed: 5 });
      if (grow) await session.reserve({ frames: 400, utterances: 20, longest: 90 });
      for (const batch of [...batches, ...batches]) await session.step(batch, 0.01);
      const { parameters, optimizer, step } = await session.state();
      session.destroy();
      return bits(parameters) + bits(optimizer) + step;
    };
    const expected = await run(false);
    expect(await run(false)).toBe(expected);
    expect(await run(true)).toBe(expected);
  });

  it('goes on from a saved state to the same bits', async () => {
    const model = tinyModel({ dropout: 0.5 });
    const batch = randomBatch(model, lengths);
    const session = await train(model, { seed: 5 });
    for (let i = 0; i < 2; i++) await session.step(batch, 0.01);
    const saved = await session.state();
    for (let i = 0; i < 2; i++) await session.step(batch, 0.01);
    const expected = bits(await session.parameters());
    session.destroy();
    const resumed = await train(model, { seed: 5, parameters: randomParameters(model, 'other') });
    resumed.loadState(saved);
    for (let i = 0; i < 2; i++) await resumed.step(batch, 0.01);
    expect(bits(await resumed.parameters())).toBe(expected);
    resumed.destroy();
  });

  it('forgets the losses of the steps before a state is loaded', async () => {
    const model = tinyModel();
    const session = await train(model);
    const batch = randomBatch(model, lengths);
    const start = await session.state();
    for (let i = 0; i < 2; i++) await session.step(batch, 0.01);
    session.loadState(start);
    const bad = { ...batch, features: batch.features.map(() => NaN) };
    await session.step(bad, 0.01);
    const losses = await session.readLosses();
    expect(losses).toMatchObject({ steps: 1, step: 1, skipped: 1, lossless: 1, faults: [1] });
    expect(losses.total).toBeNaN();
    session.destroy();
  });

  it('a steady step creates nothing, reads nothing back and is one submit', async () => {
    const model = tinyModel({ dropout: 0.5 });
    const session = await train(model);
    const batches = [randomBatch(model, lengths), randomBatch(model, [5, 2, 2])];
    await session.reserve({ frames: 60, utterances: 6, longest: 20 });
    for (const batch of batches) await session.step(batch, 0.01);
    const { device } = (await testEngine()).gpu;
    const calls: Record<string, number> = {};
    const restore: (() => void)[] = [];
    const count = (target: object, names: readonly string[]) => {
      for (const name of names) {
        const original = Reflect.get(target, name) as (...args: unknown[]) => unknown;
        Reflect.set(target, name, (...args: unknown[]) => {
          calls[name] = (calls[name] ?? 0) + 1;
          return original.apply(target, args);
        });
        restore.push(() => Reflect.deleteProperty(target, name));
      }
    };
    count(device, [
      'createBuffer',
      'createBindGroup',
      'createBindGroupLayout',
      'createComputePipeline',
      'createComputePipelineAsync',
      'createShaderModule',
      'createCommandEncoder',
      'createQuerySet',
    ]);
    count(device.queue, ['submit', 'onSubmittedWorkDone']);
    for (let i = 0; i < 10; i++) {
      for (const batch of batches) await session.step(batch, 0.01);
    }
    restore.forEach((undo) => undo());
    expect(calls).toEqual({ createCommandEncoder: 20, submit: 20, onSubmittedWorkDone: 20 });
    expect(session.submits).toBe(1);
    session.destroy();
  });

  it('takes turns with inference without making anything anew', async () => {
    const model = tinyModel();
    const session = await train(model);
    const batch = randomBatch(model, lengths);
    await session.reserve({ frames: 60, utterances: 6, longest: 20 });
    await session.step(batch, 0.01);
    const { device } = (await testEngine()).gpu;
    let made = 0;
    const original = device.createBindGroup.bind(device);
    device.createBindGroup = (descriptor) => {
      made++;
      return original(descriptor);
    };
    for (let i = 0; i < 3; i++) {
      await session.predict(batch);
      await session.step(batch, 0.01);
    }
    Reflect.deleteProperty(device, 'createBindGroup');
    expect(made).toBe(0);
    session.destroy();
  });

  it('handles one utterance of one frame, one class, and no labels at all', async () => {
    const model = tinyModel({ heads: [{ task: 'emotion', classes: 1, hidden: 0, weight: 1 }] });
    const session = await train(model);
    const batch: TrainingBatch = { ...randomBatch(model, [1]), targets: {} };
    await session.step(batch, 0.01);
    expect((await session.readLosses()).total).toBe(0);
    await session.step({ ...batch, targets: { emotion: Int32Array.of(0) } }, 0.01);
    expect((await session.readLosses()).total).toBe(0); // the softmax of one class is 1
    const { probabilities, attention } = await session.predict(batch);
    expect([...(probabilities['emotion'] ?? [])]).toEqual([1]);
    expect([...(attention[0] ?? [])]).toEqual([1]);
    session.destroy();
  });

  it('refuses batches that do not fit the model', async () => {
    const model = tinyModel();
    const session = await train(model);
    const batch = randomBatch(model, [4, 2]);
    const wrong: [Partial<TrainingBatch>, RegExp][] = [
      [{ lengths: Int32Array.of() }, /has no utterances/],
      [{ lengths: Int32Array.of(6, 0) }, /utterance 1 of the batch has 0 frames/],
      [{ lengths: Int32Array.of(4, 3) }, /need 7 frames of 6/],
      [{ targets: { emotion: Int32Array.of(0, 4) } }, /'emotion' has label 4, classes are 0 to 3/],
      [{ targets: { emotion: Int32Array.of(0) } }, /1 labels for 2 utterances/],
    ];
    for (const [change, message] of wrong) {
      const error: unknown = await session
        .step({ ...batch, ...change }, 0.01)
        .catch((e: unknown) => e);
      expect(error).toBeInstanceOf(ConfigError);
      expect((error as ConfigError).message).toMatch(message);
    }
    session.destroy();
  });

  it('records every pass of a step', async (ctx) => {
    const engine = await testEngine();
    needs(ctx, engine.gpu, 'timestamp-query');
    const model = tinyModel();
    const session = await train(model);
    const batch = randomBatch(model, lengths);
    session.startTrace();
    await session.step(batch, 0.01);
    const events = await session.stopTrace();
    const passes = gradientProgram(model, session.plan, {
      frames: 50,
      utterances: 6,
      longest: 17,
    }).passes;
    const dispatches = passes.filter(({ kind }) => kind === 'dispatch').map(({ name }) => name);
    expect(events.map(({ name }) => name)).toEqual([
      ...dispatches,
      'gradient norm',
      'clip',
      'adam',
    ]);
    expect(events.every(({ start, duration }) => start >= 0 && duration >= 0)).toBe(true);
    session.destroy();
  });
});

describe('InferenceSession', () => {
  it('says the same of an utterance alone, in a batch and in a split batch', async () => {
    const model = tinyModel();
    const engine = await testEngine();
    const parameters = randomParameters(model);
    const batch = randomBatch(model, lengths);
    const session = InferenceSession.create(engine, model, { parameters });
    const together = await session.predict(batch);
    const F = model.features;
    let first = 0;
    for (const [row, length] of lengths.entries()) {
      const features = batch.features.slice(first * F, (first + length) * F);
      const alone = await session.predict({ features, lengths: Int32Array.of(length) });
      const expected = together.probabilities['emotion']?.slice(row * 4, row * 4 + 4) ?? [];
      expect(relativeError(alone.probabilities['emotion'] ?? [], expected)).toBeLessThan(1e-5);
      expect(relativeError(alone.attention[0] ?? [], together.attention[row] ?? [])).toBeLessThan(
        1e-5,
      );
      first += length;
    }
    const budget = Math.floor(session.bytes * 0.8);
    session.destroy();
    const split = InferenceSession.create(engine, model, { parameters, memoryBudget: budget });
    const parts = await split.predict(batch);
    expect(split.bytes).toBeLessThanOrEqual(budget);
    expect(
      relativeError(parts.logits['speaker'] ?? [], together.logits['speaker'] ?? []),
    ).toBeLessThan(1e-5);
    split.destroy();
  });
});
