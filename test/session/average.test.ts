import { describe, expect, it } from 'vitest';
import { InferenceSession } from '../../src/session/inference-session.js';
import { TrainingSession, type TrainingOptions } from '../../src/session/training-session.js';
import type { Tensors } from '../../src/session/types.js';
import { testEngine } from '../support/engine.js';
import { expectClose } from '../support/kernel.js';
import { needs } from '../support/needs.js';
import { randomBatch, randomParameters, tinyModel } from '../support/network.js';

const model = tinyModel({ dropout: 0.5 });
const parameters = randomParameters(model);
const batch = randomBatch(model, [17, 3, 9, 12, 1, 8]);
const decay = 0.9;

async function train(options: Partial<TrainingOptions> = {}) {
  const optimizer = {
    name: 'adamw',
    beta1: 0.9,
    beta2: 0.99,
    eps: 1e-8,
    weight_decay: 0.05,
  } as const;
  return TrainingSession.create(await testEngine(), model, {
    ...{ parameters, optimizer, seed: 3, ema: decay, clipNorm: 5 },
    ...options,
  });
}

function averaged(before: Tensors, now: Tensors): Tensors {
  return Object.fromEntries(
    Object.entries(before).map(([name, { shape, data }]) => [
      name,
      {
        shape,
        data: Float64Array.from(
          data,
          (x, i) => decay * x + (1 - decay) * (now[name]?.data[i] ?? NaN),
        ) as unknown as Float32Array,
      },
    ]),
  );
}

describe('the average of the parameters', () => {
  it('starts at the first ones and follows each update that is made', async () => {
    const session = await train();
    let expected: Tensors = parameters;
    expect((await session.state()).average).toEqual(await session.parameters());
    const bad = { ...batch, features: batch.features.map(() => NaN) };
    for (const own of [batch, batch, bad, batch]) {
      await session.step(own, 0.01);
      if (own !== bad) expected = averaged(expected, await session.parameters());
      const { average = {} } = await session.state();
      for (const [name, { data }] of Object.entries(expected)) {
        expectClose(average[name]?.data, data, 1e-6, name);
      }
    }
    expect((await session.readLosses()).skipped).toBe(1);
    session.destroy();
  });

  it('does not move while updates are held', async () => {
    const session = await train({ holdAtFault: true });
    const bad = { ...batch, features: batch.features.map(() => NaN) };
    await session.step(batch, 0.01);
    const before = await session.state();
    await session.step(bad, 0.01);
    await session.step(batch, 0.01);
    expect((await session.state()).average).toEqual(before.average);
    session.destroy();
  });

  it('is what predicts, and does not change what is trained', async () => {
    const session = await train();
    const plain = await train({ ema: 0 });
    for (let i = 0; i < 3; i++) {
      await session.step(batch, 0.01);
      await session.predict(batch);
      await plain.step(batch, 0.01);
    }
    const state = await session.state();
    const without = await plain.state();
    expect(without.average).toBeUndefined();
    expect(state.parameters).toEqual(without.parameters);
    expect(state.average).not.toEqual(state.parameters);
    const own = await session.predict(batch);
    const model2 = InferenceSession.create(await testEngine(), model, {
      parameters: state.average ?? {},
      plan: session.plan,
    });
    expect(own).toEqual(await model2.predict(batch));
    expect(own).not.toEqual(await plain.predict(batch));
    for (const each of [session, plain, model2]) each.destroy();
  });

  it('resumes to the same bits; a state without one starts at its parameters', async () => {
    const session = await train();
    for (let i = 0; i < 2; i++) await session.step(batch, 0.01);
    const saved = await session.state();
    for (let i = 0; i < 2; i++) await session.step(batch, 0.01);
    const expected = await session.state();
    session.destroy();
    const resumed = await train({ parameters: randomParameters(model, 'other') });
    resumed.loadState(saved);
    for (let i = 0; i < 2; i++) await resumed.step(batch, 0.01);
    expect(await resumed.state()).toEqual(expected);
    const { average, ...without } = saved;
    expect(average).not.toEqual(saved.parameters);
    resumed.loadState(without);
    expect((await resumed.state()).average).toEqual(saved.parameters);
    resumed.destroy();
  });

  it('predicts in half precision', async (context) => {
    const engine = await testEngine();
    needs(context, engine.gpu, 'shader-f16');
    const session = await train({ precision: 'f16' });
    await session.step(batch, 0.01);
    const { average = {} } = await session.state();
    const whole = InferenceSession.create(engine, model, { parameters: average });
    const [half, full] = [await session.predict(batch), await whole.predict(batch)];
    expectClose(half.logits['emotion'], full.logits['emotion'] ?? [], 0.02);
    session.destroy();
    whole.destroy();
  });
});
