import { describe, expect, it } from 'vitest';
import type { LayerConfig, LayeredModelConfig } from '../../src/core/config.js';
import { initialParameters } from '../../src/network/init.js';
import { choosePlan } from '../../src/plan/plan.js';
import { overFrames } from '../../src/session/frame-weights.js';
import { InferenceSession } from '../../src/session/inference-session.js';
import { planTraits } from '../../src/session/plan-traits.js';
import { TrainingSession } from '../../src/session/training-session.js';
import { trainingSplit } from '../../src/session/training-split.js';
import type { Tensors, TrainingBatch } from '../../src/session/types.js';
import { testEngine } from '../support/engine.js';
import { randomBatch, randomParameters, reorder, tinyModel } from '../support/network.js';

const recurrent = {
  kind: 'recurrent',
  cell: 'a-lstm',
  units: 8,
  bidirectional: true,
  offsets: [3, 1],
  period: 2,
} as const;

function layered(layers: readonly LayerConfig[], dropout = 0): LayeredModelConfig {
  const { features, pooling, heads } = tinyModel();
  return { features, layers, pooling, heads, dropout };
}

const mixed = layered(
  [
    { kind: 'subsample', by: 2, how: 'concatenate' },
    { kind: 'dense', units: 9 },
    { kind: 'subsample', by: 3, how: 'mean' },
    { ...recurrent, cell: 'a-gru', units: 5 },
    recurrent,
  ],
  0.4,
);
const lengths = [23, 6, 14, 1, 7, 22, 23];
const optimizer = { name: 'adam', beta1: 0.9, beta2: 0.999, eps: 1e-8 } as const;

async function gradientsOf(
  model: LayeredModelConfig,
  parameters: Tensors,
  batch: TrainingBatch,
  memoryBudget?: number,
) {
  const options = { parameters, optimizer, seed: 5, memoryBudget };
  const session = await TrainingSession.create(await testEngine(), model, options);
  try {
    return await session.gradients(batch);
  } finally {
    session.destroy();
  }
}

function expectNear(got: Tensors, expected: Tensors, tolerance: number): void {
  expect(Object.keys(got)).toEqual(Object.keys(expected));
  for (const [name, { data }] of Object.entries(expected)) {
    const own = got[name]?.data ?? [];
    const scale = Math.hypot(...data) + 1e-6;
    const error = Math.hypot(...Array.from(data, (x, i) => x - (own[i] ?? NaN))) / scale;
    expect(error, name).toBeLessThan(tolerance);
  }
}

describe('a network of several layers in training with dropout', () => {
  const parameters = randomParameters(mixed);
  const batch = randomBatch(mixed, lengths);

  it('has the gradients of central differences', async () => {
    const session = await TrainingSession.create(await testEngine(), mixed, {
      parameters,
      optimizer,
      seed: 5,
    });
    const gradients = await session.gradients(batch);
    await session.readLosses();
    const state = await session.state();
    const lossAt = async (name: string, index: number, change: number) => {
      const { shape, data } = state.parameters[name]!;
      const moved = Float32Array.from(data);
      moved[index] = (moved[index] ?? 0) + change;
      session.loadState({
        ...state,
        parameters: { ...state.parameters, [name]: { shape, data: moved } },
      });
      await session.gradients(batch);
      return (await session.readLosses()).total;
    };
    try {
      for (const name of [
        'layers.1.weight',
        'layers.3.forward.weight_ih',
        'layers.3.backward.bias',
        'layers.4.backward.weight_hh',
        'layers.4.forward.weight_ih',
      ]) {
        // along the gradient itself, so that rounding of the loss is small beside its change
        const data = [...gradients[name]!.data];
        const index = data.reduce(
          (best, x, i) => (Math.abs(x) > Math.abs(data[best]!) ? i : best),
          0,
        );
        // of fourth order: in single precision the steps cannot be small
        const step = 0.02;
        const apart = async (by: number) =>
          (await lossAt(name, index, by * step)) - (await lossAt(name, index, -by * step));
        const slope = (8 * (await apart(1)) - (await apart(2))) / (12 * step);
        expect(Math.abs(slope / data[index]! - 1), name).toBeLessThan(0.03);
      }
    } finally {
      session.destroy();
    }
  });

  it('drops the same units whatever the order of the rows and however a batch is split', async () => {
    const { gpu } = await testEngine();
    const whole = await gradientsOf(mixed, parameters, batch);
    const turned = reorder(mixed, batch, [3, 0, 4, 6, 1, 2, 5]);
    expectNear(await gradientsOf(mixed, parameters, turned), whole, 1e-5);
    const memoryBudget = 112_000;
    const how = { model: mixed, plan: choosePlan(mixed, planTraits(gpu)), optimizer, memoryBudget };
    expect(trainingSplit(gpu, how, batch.lengths).microbatches.length).toBeGreaterThan(1);
    const split = await gradientsOf(mixed, parameters, batch, memoryBudget);
    expectNear(split, whole, 1e-5);
    const other = { ...batch, utterances: batch.utterances.map((id) => id + 1) };
    const [a, b] = [whole, await gradientsOf(mixed, parameters, other)];
    const name = 'layers.3.forward.weight_hh';
    expect([...(a[name]?.data ?? [])]).not.toEqual([...(b[name]?.data ?? [])]);
  });
});

describe('the layers of a list', () => {
  it('start from values of their own, by name', () => {
    const start = initialParameters(mixed, 3);
    const same = layered([{ kind: 'dense', units: 8 }, recurrent, recurrent]);
    const stacked = initialParameters(same, 3);
    expect(Object.keys(start)).toContain('layers.3.forward.weight_ih');
    const [lower, upper] = [1, 2].map((i) => stacked[`layers.${i}.forward.weight_hh`]?.data ?? []);
    expect([...(lower ?? [])]).not.toEqual([...(upper ?? [])]);
    expect([...(stacked['layers.2.forward.bias']?.data ?? [])].slice(8, 16)).toEqual(
      Array(8).fill(1), // the forget gate
    );
  });

  it('subsampled by 1 are as without', async () => {
    const layers = [{ kind: 'dense', units: 8 }, recurrent] as const;
    const plain = layered(layers);
    const by1 = layered([{ kind: 'subsample', by: 1, how: 'mean' }, ...layers]);
    const parameters = randomParameters(plain);
    const shifted = Object.fromEntries(
      Object.entries(parameters).map(([name, tensor]) => [
        name.replace(/^layers\.(\d)/, (_, i) => `layers.${Number(i) + 1}`),
        tensor,
      ]),
    );
    const batch = randomBatch(plain, lengths);
    const answers = await Promise.all(
      [
        { model: plain, parameters },
        { model: by1, parameters: shifted },
      ].map(async ({ model, parameters }) => {
        const session = InferenceSession.create(await testEngine(), model, { parameters });
        try {
          return await session.predict(batch);
        } finally {
          session.destroy();
        }
      }),
    );
    expect([...(answers[1]?.logits['emotion'] ?? [])]).toEqual([
      ...(answers[0]?.logits['emotion'] ?? []),
    ]);
  });

  it('say attention at the original frames, a weight shared among its group', async () => {
    const parameters = randomParameters(mixed);
    const session = InferenceSession.create(await testEngine(), mixed, { parameters });
    const { attention, recurrence } = await session.inspect(randomBatch(mixed, lengths));
    session.destroy();
    expect(attention.map(({ length }) => length)).toEqual(lengths);
    for (const weights of attention)
      expect(weights.reduce((sum, w) => sum + w, 0)).toBeCloseTo(1, 5);
    expect([...(attention[0]?.slice(0, 6) ?? [])]).toEqual(Array(6).fill(attention[0]?.[0]));
    expect(attention[0]?.[6]).not.toBe(attention[0]?.[0]);
    const traced = recurrence[0]?.map(({ layer, direction, framesPerStep }) => [
      layer,
      direction,
      framesPerStep,
    ]);
    expect(traced).toEqual([
      ['layers.3', 'forward', 6],
      ['layers.3', 'backward', 6],
      ['layers.4', 'forward', 6],
      ['layers.4', 'backward', 6],
    ]);
    expect(recurrence[0]?.[0]?.gates).toHaveLength(4 * 3); // ceil(23 / 6) steps, r z n
    expect([...(recurrence[0]?.[2]?.frames ?? [])]).toEqual([1, 3]); // every other step
  });
});

it('a weight is shared through several axes, a short last group among what it has', () => {
  // 5 frames → 3 pairs (the last of one) → 2 groups of two pairs (the last of one)
  const shared = overFrames(Float32Array.of(0.8, 0.2), [1, 2, 4], 5);
  [0.2, 0.2, 0.2, 0.2, 0.2].forEach((w, t) => expect(shared[t]).toBeCloseTo(w, 6));
});
