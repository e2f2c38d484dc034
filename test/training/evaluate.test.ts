import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Engine } from '../../src/gpu/engine.js';
import { Predictor } from '../../src/inference/predictor.js';
import { openEngine } from '../../src/platform/node-engine.js';
import { evaluate } from '../../src/training/evaluate.js';
import { validate } from '../../src/training/validation.js';
import { InferenceSession } from '../../src/engine/inference-session.js';
import { tinyModel } from '../inference/tiny-model.js';
import { testAdapter } from '../support/gpu.js';
import { syntheticData } from './synthetic.js';

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
  const predictions = await predictor.predictFeatures(training.features, { normalised: true });
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
  const one = await validate(model, training, 1, (batch) => session.predict(batch));
  const many = await validate(model, training, 16, (batch) => session.predict(batch));
  session.destroy();
  expect(many).toMatchObject({ accuracy, maf, uar });
  expect(one).toMatchObject({ accuracy, maf, uar });
  expect(one.total).toBeCloseTo(many.total, 5);
  // The synthetic data have no gender: its loss is 0 and the total is emotion's.
  expect(many.tasks['gender']).toBe(0);
  expect(many.total).toBe(many.tasks['emotion']);
});

it('refuses a task without a head, and a dataset without its labels', async () => {
  await expect(evaluate(predictor, training, { task: 'speaker' })).rejects.toThrow(
    'the model has no head for the task "speaker"',
  );
  await expect(evaluate(predictor, training, { task: 'gender' })).rejects.toThrow(
    'no utterance has a label for the task "gender"',
  );
});
