import { expect, it } from 'vitest';
import { relativeError } from '../../src/core/tensor.js';
import { InferenceSession } from '../../src/session/inference-session.js';
import { planTraits } from '../../src/session/plan-traits.js';
import { choosePlan } from '../../src/plan/plan.js';
import { networkTwin } from '../export/twin.js';
import { testEngine } from '../support/engine.js';
import { randomBatch, randomParameters, tinyModel } from '../support/network.js';

it('more units than a sweep has memory for are computed step by step', async () => {
  const engine = await testEngine();
  const recurrent = { ...tinyModel().recurrent, units: 580, bidirectional: false, period: 2 };
  const model = tinyModel({ recurrent });
  const traits = { ...planTraits(engine.gpu), maxComputeWorkgroupStorageSize: 16384 };
  const plan = choosePlan(model, traits);
  expect(plan.forward.variant).toBe('steps');
  const parameters = randomParameters(model);
  const batch = randomBatch(model, [5]);
  const session = InferenceSession.create(engine, model, { parameters, plan });
  const { probabilities, attention } = await session.predict(batch);
  session.destroy();
  const { attention: weights = [], ...expected } = networkTwin(
    model,
    parameters,
    batch.features,
    5,
  );
  expect(relativeError(attention[0] ?? new Float32Array(), weights)).toBeLessThan(1e-4);
  for (const [task, values] of Object.entries(expected)) {
    expect(relativeError(probabilities[task] ?? new Float32Array(), values)).toBeLessThan(1e-4);
  }
});
