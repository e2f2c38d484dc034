import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigError, CorpusError, UsageError } from '../../src/core/errors.js';
import { Random } from '../../src/core/random.js';
import { defaultFeatureSet } from '../../src/features/sets/registry.js';
import type { Engine } from '../../src/gpu/engine.js';
import { EnsemblePredictor } from '../../src/inference/ensemble.js';
import { Predictor } from '../../src/inference/predictor.js';
import { withPrior } from '../../src/inference/prior.js';
import { correctToPrior } from '../../src/metrics/prior.js';
import { largest } from '../../src/metrics/metrics.js';
import { writeModel } from '../../src/model/folder.js';
import { openEngine } from '../../src/platform/node/engine.js';
import { evaluate } from '../../src/scoring/evaluate.js';
import { evaluateTogether } from '../../src/scoring/evaluate-together.js';
import { allOf } from '../data/rows.js';
import { syntheticData } from '../data/synthetic.js';
import { tinyModel } from '../model/tiny-model.js';
import { testAdapter } from '../support/gpu.js';
import { MemoryFiles } from '../support/memory-files.js';

const { dimensions: F } = defaultFeatureSet;
const random = new Random(2, 'ensemble');
const matrices = [30, 44].map((T) => Float32Array.from({ length: T * F }, () => random.normal()));
const { training } = syntheticData(40, 1);

let engine: Engine;
let one: Predictor;
let two: Predictor;

beforeAll(async () => {
  engine = await openEngine({ adapter: testAdapter() });
  [one, two] = [new Predictor(engine, tinyModel(3)), new Predictor(engine, tinyModel(4))];
}, 60_000);

afterAll(() => {
  one.destroy();
  two.destroy();
  engine.close();
});

describe('several models as one', () => {
  it('have the mean of their probabilities and of their attention', async () => {
    const [a, b] = [await one.predictFeatures(matrices), await two.predictFeatures(matrices)];
    const both = await new EnsemblePredictor([one, two]).predictFeatures(matrices);
    both.forEach(({ tasks, attention, seconds }, i) => {
      expect(seconds).toBe(a[i]!.seconds);
      for (const [task, { label, scores }] of Object.entries(tasks)) {
        const [own, other] = [a[i]!.tasks[task]!.scores, b[i]!.tasks[task]!.scores];
        for (const [name, score] of Object.entries(scores)) {
          expect(score).toBeCloseTo((own[name]! + other[name]!) / 2, 12);
        }
        expect(scores[label]).toBe(Math.max(...Object.values(scores)));
      }
      attention.forEach((weight, t) => {
        expect(weight).toBeCloseTo((a[i]!.attention[t]! + b[i]!.attention[t]!) / 2, 7);
      });
    });
    expect(both[0]!.tasks['emotion']!.scores).not.toEqual(a[0]!.tasks['emotion']!.scores);
  });

  it('are loaded from folders', async () => {
    const files = new MemoryFiles({});
    await writeModel(files, 'a', tinyModel(3));
    await writeModel(files, 'b', tinyModel(4));
    const loaded = await EnsemblePredictor.load(engine, files, ['a', 'b']);
    const found = await loaded.predictFeatures(matrices);
    expect(found).toEqual(await new EnsemblePredictor([one, two]).predictFeatures(matrices));
    loaded.destroy();
  });

  it('are refused where their labels differ', async () => {
    const labels = { emotion: ['anger', 'fear', 'sadness'], gender: ['female', 'male'] };
    const other = new Predictor(engine, { ...tinyModel(4), labels });
    expect(() => new EnsemblePredictor([one, other], ['a', 'b'])).toThrow(ConfigError);
    expect(() => new EnsemblePredictor([one, other], ['a', 'b'])).toThrow(
      /^b cannot be averaged with the first model: its labels are .*fear/,
    );
    const scored = [one, other].map((predictor) => ({ predictor, dataset: training, name: 'm' }));
    await expect(evaluateTogether(scored)).rejects.toThrow('m has the labels anger, fear, sadness');
    other.destroy();
  });
});

describe('the scores of several models as one', () => {
  it('are those of their mean probabilities', async () => {
    const asked = [one, two].map((predictor) => ({ predictor, dataset: training, name: 'm' }));
    const scores = await evaluateTogether(asked);
    const features = await allOf(training);
    const ensemble = new EnsemblePredictor([one, two]);
    const predictions = await ensemble.predictFeatures(features, { normalised: true });
    const truth = training.targets['emotion']!;
    const right = predictions.filter(
      ({ tasks }, i) => truth[i] !== -1 && tasks['emotion']!.label === scores.labels[truth[i]!],
    );
    expect(scores.accuracy).toBeCloseTo(right.length / scores.utterances, 12);
    const alone = await evaluateTogether([asked[0]!]);
    expect(alone).toEqual(await evaluate(one, training));
  });

  it('are corrected to a prior by speaker, which must be known', async () => {
    const asked = { predictor: one, dataset: training, name: 'm' };
    await expect(evaluateTogether([asked], { prior: 'uniform' })).rejects.toThrow(CorpusError);
    const speakers = Array.from(training.lengths, (_, i) => (i % 2 ? 'a' : 'b'));
    const dataset = { ...training, speakers };
    const scores = await evaluateTogether([{ ...asked, dataset }], { prior: 'uniform' });
    const truth = training.targets['emotion']!;
    const rows = [...truth.keys()].filter((i) => truth[i] !== -1);
    const features = await allOf(training);
    const answers = await one.answer(rows.map((row) => features[row]!));
    let right = 0;
    for (const speaker of ['a', 'b']) {
      const own = rows.flatMap((row, k) => (speakers[row] === speaker ? [k] : []));
      const group = own.map((k) => answers[k]!.probabilities[0]!);
      correctToPrior(group, [1 / 3, 1 / 3, 1 / 3]).forEach((row, i) => {
        if (largest(row) === truth[rows[own[i]!]!]) right++;
      });
    }
    expect(scores.accuracy).toBeCloseTo(right / rows.length, 12);
  });
});

describe('predictions with a prior', () => {
  it('have the shares as mean scores; other tasks stay as they are', async () => {
    const found = await one.predictFeatures(matrices);
    const prior = { anger: 0.5, joy: 0.25, sadness: 0.25 };
    const corrected = withPrior(found, prior);
    for (const [label, share] of Object.entries(prior)) {
      const mean =
        corrected.reduce((sum, own) => sum + own.tasks['emotion']!.scores[label]!, 0) / 2;
      expect(mean).toBeCloseTo(share, 7);
    }
    expect(corrected[1]!.tasks['gender']).toEqual(found[1]!.tasks['gender']);
    expect(() => withPrior(found, { joy: 1 })).toThrow(UsageError);
    expect(() => withPrior(found, 'uniform', 'age')).toThrow('no task "age"');
  });
});
