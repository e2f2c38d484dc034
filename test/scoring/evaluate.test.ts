import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../src/core/random.js';
import { relativeError } from '../../src/core/tensor.js';
import type { FrameBatch } from '../../src/session/types.js';
import { normaliseUtterance } from '../../src/features/normalise.js';
import type { Engine } from '../../src/gpu/engine.js';
import { Predictor } from '../../src/inference/predictor.js';
import { defaultFeatureSet } from '../../src/features/sets/registry.js';
import { mostFrames } from '../../src/inference/windows.js';
import { openEngine } from '../../src/platform/node/engine.js';
import { mergeSettings } from '../../src/runs/settings.js';
import { datasetOf, readBatch } from '../../src/data/dataset.js';
import { evaluate } from '../../src/scoring/evaluate.js';
import { train } from '../../src/training/trainer.js';
import { validate } from '../../src/scoring/validation.js';
import { InferenceSession } from '../../src/session/inference-session.js';
import { tinyModel } from '../model/tiny-model.js';
import { testAdapter } from '../support/gpu.js';
import { MemoryFiles } from '../support/memory-files.js';
import { allOf } from '../data/rows.js';
import { syntheticData, tinySettings } from '../data/synthetic.js';

const trained = tinyModel();
const { training } = syntheticData(40, 1);
let engine: Engine;
let predictor: Predictor;

beforeAll(async () => {
  engine = await openEngine({ adapter: testAdapter() });
  predictor = new Predictor(engine, trained);
}, 60_000);

afterAll(() => {
  predictor.destroy();
  engine.close();
});

it('scores what the predictor says against the labels', async () => {
  const predictions = await predictor.predictFeatures(await allOf(training), { normalised: true });
  const labels = trained.labels['emotion'] ?? [];
  const confusion = labels.map(() => labels.map(() => 0));
  const truth = training.targets['emotion'] ?? new Int32Array();
  predictions.forEach(({ tasks }, i) => {
    const row = confusion[truth[i] ?? -1];
    if (row) row[labels.indexOf(tasks['emotion']?.label ?? '')]! += 1;
  });
  const result = await evaluate(predictor, training);
  expect(result.confusion).toEqual(confusion);
  expect(result.labels).toEqual(labels);
  expect(result.utterances).toBe(truth.filter((c) => c !== -1).length);
  expect(result.utterances).toBeLessThan(40);
  const right = confusion.reduce((sum, row, c) => sum + (row[c] ?? 0), 0);
  expect(result.accuracy).toBeCloseTo(right / result.utterances, 12);
  expect(Object.keys(result).sort()).toEqual(
    ['accuracy', 'confusion', 'labels', 'maf', 'map', 'uar', 'utterances'].sort(),
  );
});

it('agrees with the validation of training, whatever the size of its batches', async () => {
  const { accuracy, maf, uar } = await evaluate(predictor, training);
  const { model, parameters } = trained;
  const session = InferenceSession.create(engine, model, { parameters });
  const predict = (batch: FrameBatch) => session.predict(batch);
  const one = await validate(model, training, predict, { windows: 1, frames: 1 });
  const many = await validate(model, training, predict);
  session.destroy();
  expect(many).toMatchObject({ accuracy, maf, uar });
  expect(one).toMatchObject({ accuracy, maf, uar });
  expect(one.total).toBeCloseTo(many.total, 5);
  // The synthetic data have no gender: its loss is 0 and the total is emotion's.
  expect(many.tasks['gender']).toBe(0);
  expect(many.total).toBe(many.tasks['emotion']);
});

describe('of recordings over 30 s', () => {
  const F = 36;
  const T = mostFrames(defaultFeatureSet) + 2;
  const random = new Random(11, 'long');
  /** The second half lies about the first: over the whole the model hears something else. */
  const matrices = Array.from({ length: 6 }, () => {
    const tilt = Array.from({ length: F }, () => random.normal());
    return normaliseUtterance(
      Float32Array.from({ length: T * F }, (_, i) => {
        const late = i >= (T * F) / 2;
        return random.normal() * (late ? 4 : 1) + tilt[i % F]! * (late ? -9 : 3);
      }),
    );
  });
  const emotions = trained.labels['emotion'] ?? [];
  const long = datasetOf(
    matrices.map((_, i) => ({ path: `${i}.wav`, labels: { emotion: emotions[i % 3] ?? '' } })),
    matrices.map((normalised) => ({ normalised, seconds: 30 })),
    { emotion: emotions },
  );

  it('validation asks in windows as evaluate does, and no batch is longer than it may be', async () => {
    const { model, parameters } = trained;
    const session = InferenceSession.create(engine, model, { parameters });
    const asked: number[][] = [];
    const predict = (batch: FrameBatch) => {
      asked.push([...batch.lengths]);
      return session.predict(batch);
    };
    const found = await validate(model, long, predict, { windows: 4, frames: 3 * T });
    const whole = await session.predict(await readBatch(long, [...matrices.keys()]));
    session.destroy();
    expect(asked).toEqual([4, 4, 4].map((count) => new Array<number>(count).fill(T / 2)));

    const answers = await predictor.predictFeatures(matrices, { normalised: true });
    const scores = answers.map(({ tasks }) => Object.values(tasks['emotion']?.scores ?? {}));
    // or else the windows would not matter, and this test would tell nothing
    const ofWhole = matrices.map((_, i) =>
      [...(whole.probabilities['emotion'] ?? [])].slice(3 * i, 3 * i + 3),
    );
    const apart = scores.map((own, i) => relativeError(own, ofWhole[i] ?? []));
    expect(Math.min(...apart)).toBeGreaterThan(1e-2);

    const losses = scores.map((own, i) => -Math.log(own[i % 3] ?? NaN));
    const mean = losses.reduce((a, b) => a + b) / losses.length;
    expect(found.total).toBeCloseTo(mean, 5);
    const { accuracy, maf, uar } = await evaluate(predictor, long);
    expect(found).toMatchObject({ accuracy, maf, uar });
  });

  it('the best epoch has in the log what evaluate says of its model', async () => {
    const { training: short } = syntheticData(6, 1);
    const files = new MemoryFiles();
    const labels = { emotion: ['anger', 'neutral', 'sadness'], speaker: ['ann', 'bob'] };
    const data = { labels, training: short, validation: { ...long } };
    const settings = mergeSettings(tinySettings, { training: { epochs: 1, learningRate: 0.05 } });
    const { best, model } = await train({ engine, files, out: 'run', data, settings });
    const own = await Predictor.load(engine, files, model);
    const { accuracy, maf, uar } = await evaluate(own, long);
    own.destroy();
    expect(best?.validation).toMatchObject({ accuracy, maf, uar });
  });
});

it('refuses a task without a head, and a dataset without its labels', async () => {
  await expect(evaluate(predictor, training, { task: 'speaker' })).rejects.toThrow(
    'the model has no head for the task "speaker"',
  );
  await expect(evaluate(predictor, training, { task: 'gender' })).rejects.toThrow(
    'no utterance has a label for the task "gender"',
  );
});
