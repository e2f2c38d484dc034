import { describe, expect, it } from 'vitest';
import type { FunctionalsConfig, LayeredModelConfig } from '../../src/core/config.js';
import { functionalCount, functionalsOf } from '../../src/features/functionals.js';
import { choosePlan } from '../../src/plan/plan.js';
import { notFiniteText } from '../../src/session/diagnosis.js';
import { InferenceSession } from '../../src/session/inference-session.js';
import { planTraits } from '../../src/session/plan-traits.js';
import { TrainingSession } from '../../src/session/training-session.js';
import { trainingSplit } from '../../src/session/training-split.js';
import type { FrameBatch, Tensors, TrainingBatch } from '../../src/session/types.js';
import { largestMicrobatch, trialBatch } from '../../src/tuning/batch.js';
import { testEngine } from '../support/engine.js';
import { expectClose } from '../support/kernel.js';
import { randomBatch, randomParameters, reorder, tinyModel } from '../support/network.js';

const optimizer = { name: 'adam', beta1: 0.9, beta2: 0.999, eps: 1e-8 } as const;
const lengths = [23, 6, 14, 1, 7, 22, 23];

function branched(scope: FunctionalsConfig['scope'], dropout = 0.4): LayeredModelConfig {
  const { features, heads } = tinyModel();
  const cell = { cell: 'lstm', units: 5, bidirectional: true, offsets: [1], period: 1 } as const;
  return {
    features,
    layers: [
      { kind: 'subsample', by: 3, how: 'mean' },
      { kind: 'recurrent', ...cell },
    ],
    pooling: 'attention+deviation',
    functionals: { units: 6, scope },
    heads,
    dropout,
  };
}

async function inTraining<T>(
  model: LayeredModelConfig,
  use: (session: TrainingSession) => Promise<T>,
  memoryBudget?: number,
): Promise<T> {
  const options = { parameters: randomParameters(model), optimizer, seed: 5, memoryBudget };
  const session = await TrainingSession.create(await testEngine(), model, options);
  try {
    return await use(session);
  } finally {
    session.destroy();
  }
}

async function predict(model: LayeredModelConfig, batch: FrameBatch, memoryBudget?: number) {
  const parameters = randomParameters(model);
  const session = InferenceSession.create(await testEngine(), model, { parameters, memoryBudget });
  try {
    return { answer: await session.predict(batch), inspected: await session.inspect(batch) };
  } finally {
    session.destroy();
  }
}

function expectNear(got: Tensors, expected: Tensors): void {
  expect(Object.keys(got)).toEqual(Object.keys(expected));
  for (const [name, { data }] of Object.entries(expected)) {
    expectClose(got[name]?.data, data, 1e-5, name);
  }
}

describe.each(['frames', 'functionals'] as const)('a branch for functionals of %s', (scope) => {
  const model = branched(scope);
  const batch = randomBatch(model, lengths);
  const order = [3, 0, 4, 6, 1, 2, 5];
  const memoryBudget = 70_000;

  it('has the same gradients whatever the order of the rows and however a batch is split', async () => {
    const { gpu } = await testEngine();
    const gradients = (of: TrainingBatch, budget?: number) =>
      inTraining(model, (session) => session.gradients(of), budget);
    const whole = await gradients(batch);
    expect(Math.hypot(...(whole['functionals.weight']?.data ?? []))).toBeGreaterThan(1e-3);
    expectNear(await gradients(reorder(model, batch, order)), whole);
    const how = { model, plan: choosePlan(model, planTraits(gpu)), optimizer, memoryBudget };
    expect(trainingSplit(gpu, how, batch.lengths).microbatches.length).toBeGreaterThan(1);
    expectNear(await gradients(batch, memoryBudget), whole);
  });

  it('answers row by row, and inspects alike', async () => {
    const { answer, inspected } = await predict(model, batch);
    const C = 4;
    expect(answer.pooled).toHaveLength(lengths.length * 2 * 2 * 5);
    expect(inspected.logits['emotion']).toEqual(answer.logits['emotion']);
    const turned = await predict(model, reorder(model, batch, order));
    order.forEach((row, i) => {
      const own = (logits: Float32Array | undefined, r: number) =>
        logits?.slice(r * C, (r + 1) * C);
      expectClose(
        own(turned.answer.logits['emotion'], i),
        own(answer.logits['emotion'], row) ?? [],
        1e-6,
      );
    });
  });

  it('is tuned with a batch of its own', async () => {
    const { gpu } = await testEngine();
    const capacity = { frames: 96, utterances: 7, longest: 23 };
    const how = { model, plan: choosePlan(model, planTraits(gpu)), optimizer };
    const { packed } = trialBatch(model, largestMicrobatch(gpu, how, capacity), 1);
    const given = packed.inputs['functionals'];
    if (scope === 'frames') expect(given).toBeUndefined();
    else expect(given?.filter((x) => x !== 0)).toHaveLength(7 * functionalCount(model.features));
  });
});

describe('functionals', () => {
  it('of frames and given are the same where they hold the same', async () => {
    const of = branched('frames', 0);
    const given = branched('functionals', 0);
    const batch = randomBatch(of, lengths);
    const F = of.features;
    let first = 0;
    const values = lengths.flatMap((length) => {
      const own = batch.features.subarray(first * F, (first + length) * F);
      first += length;
      return [...functionalsOf(own, F)];
    });
    const [computed, held] = [
      await inTraining(of, (session) => session.gradients(batch)),
      await inTraining(given, (session) =>
        session.gradients({ ...batch, functionals: Float32Array.from(values) }),
      ),
    ];
    expectNear(held, computed);
  });

  it('are refused where they are missing or misshapen', async () => {
    const model = branched('functionals');
    const { functionals, ...rest } = randomBatch(model, lengths);
    const each = functionalCount(model.features);
    for (const [given, found] of [
      [undefined, 'no functionals'],
      [functionals?.slice(1), `${7 * each - 1} functionals`],
    ] as const) {
      const batch = { ...rest, ...(given && { functionals: given }) };
      const expected = `the batch has ${found}, but its 7 utterances need ${each} each`;
      await expect(predict(model, batch)).rejects.toThrow(expected);
      await expect(inTraining(model, (session) => session.step(batch, 1e-3))).rejects.toThrow(
        expected,
      );
    }
  });

  it('that are not finite are named', async () => {
    const model = branched('functionals');
    const batch = randomBatch(model, lengths);
    batch.functionals?.fill(NaN, 2 * functionalCount(model.features) + 11).fill(1, 150);
    const found = await inTraining(model, (session) => session.diagnose(batch));
    expect(found && notFiniteText(found)).toBe(
      'the functionals of utterance 2 of the batch hold NaN (value 11)',
    );
  });
});
