import { describe, expect, it } from 'vitest';
import { augmentRecipe, type AugmentConfig } from '../../src/core/augment.js';
import { concatenate } from '../../src/core/concatenate.js';
import type { ModelConfig } from '../../src/core/config.js';
import { functionalCount } from '../../src/core/functionals.js';
import { relativeError } from '../../src/core/tensor.js';
import { augmentStep, augmentStream } from '../../src/session/augment.js';
import { TrainingSession, type TrainingOptions } from '../../src/session/training-session.js';
import type { Tensors, TrainingBatch } from '../../src/session/types.js';
import { augmentTwin, functionalsTwin } from '../support/augment.js';
import { testEngine } from '../support/engine.js';
import { Draw } from '../support/kernel.js';
import { randomBatch, randomParameters, reorder, tinyModel } from '../support/network.js';

const augment: AugmentConfig = {
  ...{ ...augmentRecipe, featureMaskShare: 0.4 },
  ...{ functionalDropout: 0.2, functionalMaskShare: 0.4 },
};
const layered: ModelConfig = {
  features: 6,
  layers: [
    { kind: 'subsample', by: 4, how: 'mean' },
    { kind: 'dense', units: 8 },
    ...[{ kind: 'recurrent', cell: 'lstm', units: 8, bidirectional: true } as const].map(
      (layer) => ({ ...layer, offsets: [1], period: 1 }),
    ),
  ],
  pooling: 'attention',
  heads: tinyModel().heads,
  dropout: 0,
};
const lengths = [47, 30, 90, 12, 1, 80];

async function train(model: ModelConfig, options: Partial<TrainingOptions> = {}) {
  return TrainingSession.create(await testEngine(), model, {
    parameters: randomParameters(model),
    optimizer: { name: 'adam', beta1: 0.9, beta2: 0.999, eps: 1e-8 },
    ...{ seed: 7, augment, clipNorm: 5 },
    ...options,
  });
}

const N = functionalCount;

/** The batch that a step is to see, by the twin; features have no padding here. */
function twinOf(model: ModelConfig, batch: TrainingBatch, step: number): TrainingBatch {
  const F = model.features;
  const { cuts } = augmentStep(augment, 7, step, model, batch);
  const stream = augmentStream(7, step);
  let at = 0;
  const parts = cuts.map((cut, row) => {
    const frames = batch.features.subarray((at + cut.first) * F, (at + cut.first + cut.kept) * F);
    at += batch.lengths[row] ?? 0;
    const utterance = batch.utterances[row] ?? 0;
    const own = { cut, utterance, features: F, width: F, frames };
    return Float32Array.from(augmentTwin(augment, stream, own));
  });
  return {
    ...batch,
    features: concatenate(Float32Array, parts),
    lengths: Int32Array.from(cuts, ({ length }) => length),
    ...(batch.functionals && {
      functionals: concatenate(
        Float32Array,
        Array.from(batch.utterances, (utterance, row) => {
          const own = batch.functionals?.subarray(row * N(F), (row + 1) * N(F)) ?? [];
          return Float32Array.from(functionalsTwin(augment, stream, utterance, own));
        }),
      ),
    }),
  };
}

function worst(got: Tensors, expected: Tensors): number {
  const errors = Object.entries(expected).map(([name, { data }]) =>
    relativeError(got[name]?.data ?? [], data),
  );
  return errors.length > 0 ? Math.max(...errors) : NaN;
}

describe('augmented steps', () => {
  it.each([
    ['of frames', tinyModel()],
    ['of subsampled frames', layered],
    ['of functionals of the frames', tinyModel({ functionals: { units: 8, scope: 'frames' } })],
    ['of given functionals', tinyModel({ functionals: { units: 8, scope: 'functionals' } })],
  ])('%s have the gradients of the frames that the twin gives', async (_, model) => {
    const functionals = new Draw('functionals').values(lengths.length * N(model.features));
    const batch = { ...randomBatch(model, lengths), functionals };
    const session = await train(model);
    const plain = await train(model, { augment: undefined });
    const twin = twinOf(model, batch, 0);
    expect([...twin.lengths]).not.toEqual(lengths);
    const got = await session.gradients(batch);
    expect(worst(got, await plain.gradients(twin))).toBeLessThan(1e-4);
    expect(worst(got, await plain.gradients(batch))).toBeGreaterThan(0.05);
    session.destroy();
    plain.destroy();
  });

  it('change nothing but training: predictions are of the frames as they are', async () => {
    const model = tinyModel();
    const batch = randomBatch(model, lengths);
    const session = await train(model);
    const plain = await train(model, { augment: undefined });
    const expected = await plain.predict(batch);
    await session.gradients(batch);
    expect(await session.predict(batch)).toEqual(expected);
    await session.step(batch, 0);
    expect(await session.predict(batch)).toEqual(expected);
    session.destroy();
    plain.destroy();
  });

  it('depend on step and utterance, not on the row, the order or the split', async () => {
    const model = tinyModel({ dropout: 0.5 });
    const batch = randomBatch(model, lengths);
    const session = await train(model);
    const expected = await session.gradients(batch);
    const losses = await session.readLosses();
    const shuffled = await session.gradients(reorder(model, batch, [4, 2, 0, 5, 3, 1]));
    expect(worst(shuffled, expected)).toBeLessThan(1e-5);
    const budget = Math.floor(session.bytes * 0.85);
    await session.step(batch, 0);
    expect(worst(await session.gradients(batch), expected)).toBeGreaterThan(0.1);
    session.destroy();
    const split = await train(model, { memoryBudget: budget });
    expect(worst(await split.gradients(batch), expected)).toBeLessThan(1e-5);
    expect(split.bytes).toBeLessThanOrEqual(budget);
    expect((await split.readLosses()).total).toBeCloseTo(losses.total, 5);
    split.destroy();
  });

  it('reserve what the longest stretched batch needs', async () => {
    const model = tinyModel();
    const session = await train(model);
    await session.reserve({ frames: 260, utterances: 6, longest: 90 });
    const { bytes } = session;
    for (let i = 0; i < 8; i++) await session.step(randomBatch(model, lengths), 0.01);
    await session.predict(randomBatch(model, lengths));
    expect(session.bytes).toBe(bytes);
    session.destroy();
  });

  it('are found in a diagnosis', async () => {
    const model = tinyModel();
    const session = await train(model);
    const batch = randomBatch(model, lengths);
    expect(await session.diagnose(batch)).toBeUndefined();
    const bad = { ...batch, features: batch.features.map((x, i) => (i === 8 ? NaN : x)) };
    expect(await session.diagnose(bad)).toMatchObject({ tensor: 'features', utterance: 0 });
    session.destroy();
  });
});
