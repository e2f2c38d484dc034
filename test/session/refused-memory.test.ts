import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AdapterError } from '../../src/core/errors.js';
import { relativeError } from '../../src/core/tensor.js';
import { InferenceSession } from '../../src/session/inference-session.js';
import { TrainingSession, type TrainingOptions } from '../../src/session/training-session.js';
import type { Tensors } from '../../src/session/types.js';
import type { Engine } from '../../src/gpu/engine.js';
import { allocating, MemoryRefusal } from '../../src/gpu/memory.js';
import { readBuffers } from '../../src/gpu/readback.js';
import { randomBatch, randomParameters, tinyModel } from '../support/network.js';
import { openRefusable, refuseMemory, type Refusals } from '../support/refuse-memory.js';

const model = tinyModel({ dropout: 0.5 });
const lengths = [17, 3, 9, 12, 1, 8, 17, 14];
const batch = randomBatch(model, lengths);
const parameters = randomParameters(model);

let engine: Engine;
let memory: Refusals;
let lines: string[];

beforeAll(async () => {
  engine = await openRefusable();
  memory = refuseMemory(engine.gpu);
}, 60_000);
beforeEach(() => {
  memory.most = Infinity;
  lines = [];
});
afterAll(() => engine.close());

const log = (line: string) => lines.push(line);

function training(options: Partial<TrainingOptions> = {}): Promise<TrainingSession> {
  const optimizer = { name: 'sgd', momentum: 0.9 } as const;
  return TrainingSession.create(engine, model, { parameters, optimizer, seed: 3, log, ...options });
}

const inference = () => InferenceSession.create(engine, model, { parameters, log });

function worst(got: Tensors, expected: Tensors): number {
  const errors = Object.entries(expected).map(([name, { data }]) =>
    relativeError(got[name]?.data ?? [], data),
  );
  return errors.length > 0 ? Math.max(...errors) : NaN; // nothing is not near
}

/** Bytes that a job holds at most beyond what is held before it, and what it gives. */
async function costOf<T>(job: () => Promise<T>): Promise<[bytes: number, result: T]> {
  const before = memory.held;
  memory.peak = before;
  const result = await job();
  expect(memory.held).toBe(before); // nothing is left behind
  return [memory.peak - before, result];
}

describe('a device that refuses memory', () => {
  it('trains by parts to the same gradients and losses, and says so once', async () => {
    const job = async () => {
      const session = await training();
      const gradients = await session.gradients(batch);
      const losses = await session.readLosses();
      for (let i = 0; i < 3; i++) await session.step(batch, 0.05);
      const after = await session.parameters();
      const inferred = await session.predict(batch);
      session.destroy();
      return { gradients, losses, after, inferred };
    };
    const [bytes, whole] = await costOf(job);
    expect(lines).toEqual([]);
    memory.most = memory.held + Math.round(0.55 * bytes);
    const before = memory.refused;
    const parts = await job();
    expect(memory.refused).toBeGreaterThan(before);
    expect(worst(parts.gradients, whole.gradients)).toBeLessThan(1e-5);
    expect(worst(parts.after, whole.after)).toBeLessThan(1e-5);
    expect(parts.losses.total).toBeCloseTo(whole.losses.total, 5);
    const [got, expected] = [parts, whole].map(({ inferred }) => inferred.logits['emotion'] ?? []);
    expect(relativeError(got ?? [], expected ?? [])).toBeLessThan(1e-5);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(
      /^the GPU refused [\d.]+ KiB: batches are split, this one into [2-9] microbatches of at most \d+ frames$/,
    );
    engine.gpu.check();
  });

  it('is asked for nothing more in a step, once it has refused', async () => {
    const size = { frames: 81, utterances: 8, longest: 17 };
    const reserved = async (session: TrainingSession) => {
      await session.reserve(size);
      return session;
    };
    const [bytes] = await costOf(async () => (await reserved(await training())).destroy());
    memory.most = memory.held + Math.round(0.6 * bytes);
    const session = await reserved(await training());
    await session.step(batch, 0.01);
    const { refused, held } = memory;
    expect(refused).toBeGreaterThan(0);
    for (let i = 0; i < 3; i++) await session.step(batch, 0.01);
    expect(memory).toMatchObject({ refused, held });
    expect(lines).toHaveLength(1);
    session.destroy();
  });

  it('may refuse a later, longer batch', async () => {
    const long = randomBatch(model, [40, 33, 38, 5, 39, 36], 'long');
    const job = async (limit: (session: TrainingSession) => void) => {
      const session = await training();
      await session.step(batch, 0.05);
      limit(session);
      await session.step(long, 0.05);
      await session.step(batch, 0.05);
      const after = await session.parameters();
      session.destroy();
      return after;
    };
    const [, whole] = await costOf(() => job(() => undefined));
    const parts = await job((session) => (memory.most = memory.held + session.bytes / 2));
    expect(lines).toHaveLength(1);
    expect(worst(parts, whole)).toBeLessThan(1e-5);
  });

  it('may refuse less than the memory budget', async () => {
    const gradients = async (memoryBudget?: number) => {
      const session = await training({ memoryBudget });
      const result = await session.gradients(batch);
      session.destroy();
      return result;
    };
    const [bytes, whole] = await costOf(() => gradients());
    const budget = Math.round(0.85 * bytes);
    memory.most = memory.held + Math.round(0.6 * bytes);
    expect(worst(await gradients(budget), whole)).toBeLessThan(1e-5);
    expect(lines).toHaveLength(1);
  });

  it('predicts by parts to the same logits', async () => {
    const job = async () => {
      const session = inference();
      const { logits, attention } = await session.predict(batch);
      await session.inspect(batch);
      const again = await session.predict(batch);
      session.destroy();
      expect(again.logits).toEqual(logits);
      return { logits: logits['emotion'] ?? new Float32Array(), attention };
    };
    const [bytes, whole] = await costOf(job);
    memory.most = memory.held + Math.round(0.4 * bytes);
    const parts = await job();
    expect(relativeError(parts.logits, whole.logits)).toBeLessThan(1e-5);
    parts.attention.forEach((weights, row) =>
      expect(relativeError(weights, whole.attention[row] ?? [])).toBeLessThan(1e-5),
    );
    expect(lines).toHaveLength(1);
  });

  it('says nothing where nothing is split: a batch by itself fits, and with what came before does not', async () => {
    const many = randomBatch(
      model,
      Array.from({ length: 30 }, () => 3),
    );
    const one = randomBatch(model, [40]);
    const session = inference();
    const { logits } = await session.predict(one);
    session.destroy();
    const other = inference();
    await other.predict(many);
    const before = memory.refused;
    memory.most = memory.held;
    expect((await other.predict(one)).logits).toEqual(logits);
    expect(memory.refused).toBeGreaterThan(before);
    other.destroy();
    expect(lines).toEqual([]);
  });

  it('ends with one clear line where a single utterance does not fit, and goes on with others', async () => {
    const long = randomBatch(model, [400, 7], 'long');
    const session = await training();
    const expected = await session.gradients(batch);
    const held = memory.held;
    memory.most = held + 2000;
    const error: unknown = await session.gradients(long).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(AdapterError);
    const { message, hint } = error as AdapterError;
    expect(message).toMatch(
      /^an utterance of 400 frames does not fit: the GPU has no memory for the program [\w ]+: it refused [\d.]+ [KM]iB$/,
    );
    expect(hint).toMatch(/fewer units or shorter recordings/);
    expect(lines).toEqual([]);
    expect(memory.held).toBeLessThanOrEqual(held);
    expect(worst(await session.gradients(batch), expected)).toBeLessThan(1e-5);
    session.destroy();
    engine.gpu.check();
  });

  it('says so where not even the parameters fit, and others go on', async () => {
    const other = inference();
    const { logits } = await other.predict(batch);
    memory.most = memory.held + 64;
    const problem = /^the GPU has no memory for buffer 'parameters': it refused [\d.]+ KiB$/;
    for (const ask of ['predict', 'parameters'] as const) {
      const session = inference();
      await expect(session[ask](batch)).rejects.toThrow(problem);
      await expect(session[ask](batch)).rejects.toThrow(AdapterError);
      session.destroy();
    }
    const asked = inference();
    const twice = [asked.parameters(), asked.parameters()]; // at once
    await Promise.allSettled(twice);
    for (const own of twice) await expect(own).rejects.toThrow(problem);
    asked.destroy();
    await expect(training()).rejects.toThrow(problem);
    memory.most = Infinity;
    expect((await other.predict(batch)).logits).toEqual(logits);
    other.destroy();
    expect(memory.held).toBe(0);
  });

  it('may refuse to read results back: the batch comes again in parts', async () => {
    const session = inference();
    const { logits } = await session.predict(batch);
    memory.most = memory.held;
    const parts = await session.predict(batch);
    const [got, expected] = [parts.logits, logits].map((own) => own['emotion'] ?? []);
    expect(relativeError(got ?? [], expected ?? [])).toBeLessThan(1e-5);
    expect(lines).toEqual([
      expect.stringMatching(/^the GPU refused [\d.]+ KiB: batches are split/),
    ]);
    const { refused } = memory;
    memory.most = memory.held; // once more, which is not said again
    expect((await session.predict(batch)).logits['emotion']).toHaveLength(expected?.length ?? NaN);
    expect(memory.refused).toBeGreaterThan(refused);
    expect(lines).toHaveLength(1);
    session.destroy();
    const one = randomBatch(model, [200]);
    const single = inference();
    memory.most = Infinity;
    await single.predict(one);
    memory.most = memory.held;
    await expect(single.predict(one)).rejects.toThrow(
      /^an utterance of 200 frames does not fit: the GPU has no memory for reading results back: it refused [\d.]+ (KiB|B)$/,
    );
    memory.most = Infinity;
    await single.predict(one);
    single.destroy();
  });
});

it('a refusal of the driver itself does not end the device', async () => {
  const { gpu } = engine;
  const size = gpu.limits.maxBufferSize;
  const huge = allocating(gpu, 'too much', (create) => create({ size, usage: 0x80 | 0x4 | 0x8 }));
  const error: unknown = await huge.catch((e: unknown) => e);
  expect(error).toBeInstanceOf(MemoryRefusal);
  expect(error).toMatchObject({
    bytes: size,
    message: expect.stringMatching(
      /^the GPU has no memory for too much: it refused [\d.]+ GiB$/,
    ) as string,
  });
  const buffer = await allocating(gpu, 'little', (create) =>
    create({ size: 16, usage: 0x4 | 0x8 }),
  );
  gpu.device.queue.writeBuffer(buffer, 0, Uint32Array.of(7, 8));
  const [data] = await readBuffers(gpu, [{ buffer, bytes: 8 }]);
  expect([...new Uint32Array(data ?? new ArrayBuffer(0))]).toEqual([7, 8]);
  buffer.destroy();
  gpu.check();
});
