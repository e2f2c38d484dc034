import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeWav } from '../../src/audio/wav.js';
import { Random } from '../../src/core/random.js';
import { defaultFeatureSet } from '../../src/features/sets/registry.js';
import type { Engine } from '../../src/gpu/engine.js';
import { EnsemblePredictor } from '../../src/inference/ensemble.js';
import { Predictor } from '../../src/inference/predictor.js';
import { withPrior } from '../../src/inference/prior.js';
import { writeModel, type TrainedModel } from '../../src/model/folder.js';
import { openEngine } from '../../src/platform/node/engine.js';
import { evaluate } from '../../src/scoring/evaluate.js';
import { evaluateTogether } from '../../src/scoring/evaluate-together.js';
import { adapterArgs, alstmHere, jsonLines } from '../cli/run-cli.js';
import { allOf } from '../data/rows.js';
import { syntheticData } from '../data/synthetic.js';
import { tinyModel } from '../model/tiny-model.js';
import { testAdapter } from '../support/gpu.js';
import { MemoryFiles } from '../support/memory-files.js';

const { dimensions: F } = defaultFeatureSet;
const random = new Random(7, 'sure');
const matrices = [30, 44].map((T) => Float32Array.from({ length: T * F }, () => random.normal()));
const { training } = syntheticData(40, 1);

const withThreshold = (threshold: number, seed = 3): TrainedModel => ({
  ...tinyModel(seed),
  confidence: { emotion: { threshold, measured: [] } },
});

let engine: Engine;
const open: Predictor[] = [];
const predictorOf = (trained: TrainedModel): Predictor => {
  open.push(new Predictor(engine, trained));
  return open.at(-1)!;
};

beforeAll(async () => {
  engine = await openEngine({ adapter: testAdapter() });
}, 60_000);

afterAll(() => {
  for (const predictor of open) predictor.destroy();
  engine.close();
});

describe('a prediction', () => {
  it('is sure from the threshold on, and says nothing of tasks without one', async () => {
    const plain = await predictorOf(tinyModel()).predictFeatures(matrices);
    for (const { tasks } of plain) expect(tasks['emotion']).not.toHaveProperty('sure');
    const highest = plain.map(({ tasks: { emotion } }) => emotion!.scores[emotion!.label]!);
    const [low, high] = [Math.min(...highest), Math.max(...highest)];
    expect(low).toBeLessThan(high);
    const found = await predictorOf(withThreshold(high)).predictFeatures(matrices);
    found.forEach(({ tasks }, i) => {
      expect(tasks['emotion']).toEqual({
        ...plain[i]!.tasks['emotion'],
        sure: highest[i] === high,
      });
      expect(tasks['gender']).toEqual(plain[i]!.tasks['gender']);
    });
  });

  it('of several models has the mean of their thresholds, if each has one', async () => {
    const [a, b] = [predictorOf(withThreshold(0.01)), predictorOf(withThreshold(0.97, 4))];
    const both = new EnsemblePredictor([a, b]);
    expect(both.confidence).toEqual({ emotion: { threshold: 0.49, measured: [] } });
    for (const { tasks } of await both.predictFeatures(matrices)) {
      const { scores, label, sure } = tasks['emotion']!;
      expect(sure).toBe(scores[label]! >= 0.49);
    }
    const half = new EnsemblePredictor([a, predictorOf(tinyModel(4))]);
    const [found] = await half.predictFeatures(matrices);
    expect(found?.tasks['emotion']).not.toHaveProperty('sure');
  });

  it('corrected to a prior is neither', async () => {
    const found = await predictorOf(withThreshold(0.5)).predictFeatures(matrices);
    expect(found[0]?.tasks['emotion']).toHaveProperty('sure');
    for (const { tasks } of withPrior(found, 'uniform')) {
      expect(tasks['emotion']).not.toHaveProperty('sure');
    }
  });
});

describe('a score', () => {
  it('comes with the share of sure answers, and how many of them are right', async () => {
    const threshold = 0.4;
    const predictor = predictorOf(withThreshold(threshold));
    const truth = training.targets['emotion']!;
    const features = await allOf(training);
    const rows = [...truth.keys()].filter((row) => truth[row] !== -1);
    const answers = await predictor.answer(rows.map((row) => features[row]!));
    const emotions = answers.map(({ probabilities }) => probabilities[0]!);
    const sure = [...rows.keys()].filter((i) => Math.max(...emotions[i]!) >= threshold);
    const right = sure.filter(
      (i) => emotions[i]!.indexOf(Math.max(...emotions[i]!)) === truth[rows[i]!],
    );
    expect(sure.length).toBeGreaterThan(0);
    expect(sure.length).toBeLessThan(rows.length);
    const expected = {
      threshold,
      coverage: sure.length / rows.length,
      accuracy: right.length / sure.length,
    };
    expect((await evaluate(predictor, training)).sure).toEqual(expected);
    const asked = { predictor, dataset: training, name: 'm' };
    expect((await evaluateTogether([asked])).sure).toEqual(expected);
    const speakers = Array.from(training.lengths, () => 'a');
    const known = { ...asked, dataset: { ...training, speakers } };
    expect(await evaluateTogether([known], { prior: 'uniform' })).not.toHaveProperty('sure');
  });

  it('of no sure answer is 0', async () => {
    const scores = await evaluate(predictorOf(withThreshold(0.999)), training);
    expect(scores.sure).toEqual({ threshold: 0.999, coverage: 0, accuracy: 0 });
  });
});

describe('alstm predict', () => {
  it('prints what it is not sure of as such, and sure answers as ever', async () => {
    const tone = Float32Array.from({ length: 8000 }, (_, i) => Math.sin(i / 9) / 2);
    const files = new MemoryFiles({ 'a.wav': encodeWav(tone, 16000) });
    await writeModel(files, 'unsure', withThreshold(0.999));
    await writeModel(files, 'sure', withThreshold(0.001));
    await writeModel(files, 'plain', tinyModel());
    const ask = async (model: string, ...more: string[]) =>
      alstmHere(['predict', model, 'a.wav', ...more, ...adapterArgs()], { files });
    const [unsure, sure, plain] = [await ask('unsure'), await ask('sure'), await ask('plain')];
    expect(unsure.stdout).toMatch(/^ {2}emotion {4}not sure: \w+ 0\.\d\d {2}/m);
    expect(unsure.stdout).toMatch(/^ {2}gender {5}\w+ 0\.\d\d/m);
    expect(sure.stdout).toBe(plain.stdout);
    const line = async (model: string) => jsonLines(await ask(model, '--json'))[0];
    expect(await line('plain')).not.toHaveProperty('sure');
    const { sure: said, ...others } = (await line('unsure')) as Record<string, unknown>;
    expect(said).toEqual({ emotion: false });
    expect(others).toEqual(await line('plain'));
    expect(await line('sure')).toMatchObject({ sure: { emotion: true } });
  });
});
