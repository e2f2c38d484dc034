import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/gpu/engine.js';
import { Predictor } from '../../src/inference/predictor.js';
import { atTemperature } from '../../src/metrics/calibration.js';
import type { TrainedModel } from '../../src/model/folder.js';
import { withTemperature } from '../../src/model/temperature.js';
import { initialParameters } from '../../src/network/init.js';
import { openEngine } from '../../src/platform/node/engine.js';
import { testAdapter } from '../support/gpu.js';

const labels = { emotion: ['anger', 'happiness', 'sadness'] };
let engine: Engine;

beforeAll(async () => {
  engine = await openEngine({ adapter: testAdapter() });
}, 60_000);

afterAll(() => engine.close());

function trainedModel(hidden: number): TrainedModel {
  const model = {
    features: 36,
    frontend: { units: 4 },
    recurrent: {
      cell: 'lstm' as const,
      units: 4,
      bidirectional: true,
      offsets: [1],
      period: 1,
    },
    pooling: 'attention' as const,
    dropout: 0,
    heads: [
      { task: 'emotion', classes: 3, hidden, weight: 1 },
      { task: 'arousal', loss: 'mse' as const, hidden: 0, weight: 1 },
    ],
  };
  const confidence = { emotion: { threshold: 0.5, measured: [] } };
  const provenance = { version: '0', adapter: '', driver: '', data: '', seed: 1 };
  const parameters = initialParameters(model, 3);
  return { model, labels, provenance, parameters, confidence };
}

describe('a model at a temperature', () => {
  it.each([0, 5])('answers softmax(logits / T), with %d hidden units', async (hidden) => {
    const trained = trainedModel(hidden);
    const features = Float32Array.from({ length: 36 * 20 }, (_, i) => Math.sin(i * i) * 3);
    const ask = async (model: TrainedModel) => {
      const predictor = new Predictor(engine, model);
      const [found] = await predictor.predictFeatures([features], { normalised: true });
      predictor.destroy();
      return found!;
    };
    const before = await ask(trained);
    const after = await ask(withTemperature(trained, 'emotion', 0.1));
    const scores = ({ tasks }: typeof before) => Object.values(tasks['emotion']!.scores);
    atTemperature(scores(before), 0.1).forEach((p, c) =>
      expect(scores(after)[c]).toBeCloseTo(p, 4),
    );
    expect(Math.max(...scores(after))).toBeGreaterThan(Math.max(...scores(before)) + 0.05);
    expect(after.values).toEqual(before.values);
  });

  it('keeps all else, and drops the confidence', () => {
    const trained = trainedModel(0);
    const tempered = withTemperature(trained, 'emotion', 2);
    expect(tempered.confidence).toBeUndefined();
    expect(trained.confidence).toBeDefined();
    expect(withTemperature(tempered, 'emotion', 1)).toEqual(tempered);
  });

  it('has a head of classes and a positive temperature', () => {
    expect(() => withTemperature(trainedModel(0), 'arousal', 2)).toThrow('no classes');
    expect(() => withTemperature(trainedModel(0), 'speaker', 2)).toThrow('no classes');
    for (const t of [0, -1, NaN, Infinity]) {
      expect(() => withTemperature(trainedModel(0), 'emotion', t)).toThrow('not valid');
    }
  });
});
