import { describe, expect, it } from 'vitest';
import type { ModelConfig } from '../../src/core/config.js';
import { relativeError } from '../../src/core/tensor.js';
import { cccLoss } from '../../src/metrics/regression.js';
import { TrainingSession } from '../../src/session/training-session.js';
import { trainingSplit } from '../../src/session/training-split.js';
import { initialParameters } from '../../src/network/init.js';
import { testEngine } from '../support/engine.js';
import { randomBatch, randomParameters, tinyModel } from '../support/network.js';

const optimizer = { name: 'sgd', momentum: 0 } as const;
const lengths = [40, 9, 22, 31, 12, 17, 5, 28];

/** Two losses of numbers beside one of classes; dropout on, so that two passes have to draw the same bits. */
const model: ModelConfig = tinyModel({
  heads: [
    { task: 'emotion', classes: 4, hidden: 8, weight: 1 },
    { task: 'arousal', loss: 'ccc', hidden: 8, weight: 0.7 },
    { task: 'valence', loss: 'mse', hidden: 0, weight: 0.2 },
    { task: 'dominance', loss: 'ccc', hidden: 0, weight: 0.4, reversal: 0.5 },
  ],
  dropout: 0.25,
});

async function opened(memoryBudget?: number): Promise<TrainingSession> {
  const parameters = randomParameters(model);
  const engine = await testEngine();
  return TrainingSession.create(engine, model, { parameters, optimizer, memoryBudget, seed: 3 });
}

describe('a batch split into microbatches', () => {
  const batch = randomBatch(model, lengths);
  const budgets = [80_000, 100_000];

  async function found(memoryBudget?: number) {
    const session = await opened(memoryBudget);
    try {
      const { plan } = session;
      const { gpu } = await testEngine();
      const options = { model, plan, optimizer, memoryBudget };
      const { microbatches } = trainingSplit(gpu, options, Int32Array.from(lengths));
      const gradients = await session.gradients(batch);
      const losses = await session.readLosses();
      for (let step = 0; step < 3; step++) await session.step(batch, 0.05);
      const later = await session.readLosses();
      const parameters = await session.parameters();
      return { parts: microbatches.length, gradients, losses, later, parameters };
    } finally {
      session.destroy();
    }
  }

  it('has the losses and gradients of the whole one, bit for bit the same each time', async () => {
    const whole = await found();
    expect(whole.parts).toBe(1);
    for (const budget of budgets) {
      const split = await found(budget);
      expect(split.parts).toBeGreaterThan(1);
      for (const [task, loss] of Object.entries(whole.losses.tasks)) {
        expect(split.losses.tasks[task], task).toBeCloseTo(loss, 5);
        expect(split.later.tasks[task], task).toBeCloseTo(whole.later.tasks[task] ?? NaN, 4);
      }
      for (const [name, { data }] of Object.entries(whole.gradients)) {
        expect(relativeError(split.gradients[name]?.data ?? [], data), name).toBeLessThan(1e-3); // biases nearly cancel
      }
      expect(await found(budget)).toEqual(split);
    }
  });

  it('diagnoses a fault as the whole one does', async () => {
    for (const budget of [undefined, budgets[0]]) {
      const session = await opened(budget);
      try {
        expect(await session.diagnose(batch)).toBeUndefined();
      } finally {
        session.destroy();
      }
    }
  });
});

describe('a regression head', () => {
  it('learns numbers far from 0 by either loss', async () => {
    for (const loss of ['ccc', 'mse'] as const) {
      const own = tinyModel({ heads: [{ task: 'pitch', loss, hidden: 8, weight: 1 }], dropout: 0 });
      const drawn = randomBatch(own, lengths);
      const pitch = Float32Array.from(lengths, (_, i) => 1000 + 4 * Math.sin(i));
      const batch = { ...drawn, targets: { pitch } };
      const start = initialParameters(own, 1);
      start['heads.pitch.output.bias'] = { shape: [1], data: Float32Array.of(1000) };
      const session = await TrainingSession.create(await testEngine(), own, {
        parameters: start,
        optimizer: { name: 'adam', beta1: 0.9, beta2: 0.999, eps: 1e-8 },
      });
      try {
        for (let step = 0; step < 150; step++) await session.step(batch, 0.02);
        const { logits, probabilities } = await session.predict(batch);
        expect(probabilities).toEqual({});
        expect(cccLoss(logits['pitch'] ?? [], pitch)).toBeLessThan(0.1);
      } finally {
        session.destroy();
      }
    }
  });

  it('refuses a target that is infinite, and takes NaN as none', async () => {
    const session = await opened();
    const batch = randomBatch(model, lengths);
    try {
      const arousal = Float32Array.from(lengths, () => Infinity);
      const bad = { ...batch, targets: { ...batch.targets, arousal } };
      await expect(session.gradients(bad)).rejects.toThrow(
        "task 'arousal' has the target Infinity",
      );
      const without = { ...batch, targets: { ...batch.targets, arousal: arousal.fill(NaN) } };
      await session.gradients(without);
      expect((await session.readLosses()).tasks['arousal']).toBe(0);
    } finally {
      session.destroy();
    }
  });
});
