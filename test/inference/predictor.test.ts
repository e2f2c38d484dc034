import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AudioError, UsageError } from '../../src/core/errors.js';
import { Random } from '../../src/core/random.js';
import { extractFeatures } from '../../src/features/extract.js';
import { normaliseUtterance, type Normalisation } from '../../src/features/normalise.js';
import {
  joinMoments,
  ownMoments,
  priorOf,
  type SpeakerMoments,
  statisticsOfSpeaker,
} from '../../src/features/speaker-moments.js';
import { applyStatistics, statisticsOf } from '../../src/features/statistics.js';
import type { Engine } from '../../src/gpu/engine.js';
import { writeModel } from '../../src/model/folder.js';
import { Predictor, type Prediction } from '../../src/inference/predictor.js';
import { defaultFeatureSet } from '../../src/features/sets/registry.js';
import { mostFrames, windowsOf } from '../../src/inference/windows.js';
import { openEngine } from '../../src/platform/node/engine.js';
import { testAdapter } from '../support/gpu.js';
import { MemoryFiles } from '../support/memory-files.js';
import { tinyModel } from '../model/tiny-model.js';

const { dimensions: F } = defaultFeatureSet;
const WINDOW_FRAMES = mostFrames(defaultFeatureSet);
let engine: Engine;
let predictor: Predictor;

beforeAll(async () => {
  engine = await openEngine({ adapter: testAdapter() });
  predictor = new Predictor(engine, tinyModel());
}, 60_000);

afterAll(() => {
  predictor.destroy();
  engine.close();
});

/** Raw features of `frames` frames, drifting so that no stretch is like another. */
function matrix(frames: number, seed = 1): Float32Array {
  const random = new Random(seed, 'matrix');
  const value = (i: number) => random.normal() * (1 + (i % F)) + Math.sin(i / 3000) * 5;
  return Float32Array.from({ length: frames * F }, (_, i) => value(i));
}

async function predictOne(features: Float32Array): Promise<Prediction> {
  const [prediction] = await predictor.predictFeatures([features]);
  if (prediction === undefined) throw new Error('no prediction');
  return prediction;
}

const scoresOf = ({ tasks }: Prediction, task: string): number[] =>
  Object.values(tasks[task]?.scores ?? {});
const sum = (values: Iterable<number>): number => [...values].reduce((total, x) => total + x, 0);

describe('Predictor', () => {
  it('gives scores by label that sum to 1, the highest as label, and attention by frame', async () => {
    const prediction = await predictOne(matrix(50));
    expect(Object.keys(prediction.tasks)).toEqual(['emotion', 'gender']);
    for (const { label, scores } of Object.values(prediction.tasks)) {
      expect(sum(Object.values(scores))).toBeCloseTo(1, 6);
      expect(scores[label]).toBe(Math.max(...Object.values(scores)));
    }
    expect(Object.keys(prediction.tasks['emotion']?.scores ?? {})).toEqual([
      'anger',
      'joy',
      'sadness',
    ]);
    expect(prediction.attention).toHaveLength(50);
    expect(sum(prediction.attention)).toBeCloseTo(1, 5);
    expect(Math.max(...prediction.attention)).toBeGreaterThan(
      1.01 * Math.min(...prediction.attention),
    );
    expect(prediction.seconds).toBeCloseTo(0.515, 9);
  });

  it('gives each utterance of many what it gives it alone, in their order', async () => {
    const matrices = [7, 90, 1, 33].map((frames) => matrix(frames, frames));
    const together = await predictor.predictFeatures(matrices);
    expect(together.map(({ attention }) => attention.length)).toEqual([7, 90, 1, 33]);
    for (const [i, features] of matrices.entries()) {
      const alone = await predictOne(features);
      scoresOf(alone, 'emotion').forEach((score, c) => {
        expect(scoresOf(together[i] as Prediction, 'emotion')[c]).toBeCloseTo(score, 5);
      });
    }
  });

  it('takes calls at the same time', async () => {
    const matrices = [5, 60, 20].map((frames) => matrix(frames, frames));
    const apart = [];
    for (const features of matrices) apart.push(await predictOne(features));
    expect(await Promise.all(matrices.map(predictOne))).toEqual(apart);
  });

  it('averages a recording over 30 s over its windows, by their frames', async () => {
    const T = 2 * WINDOW_FRAMES + 501;
    const features = matrix(T);
    const whole = await predictOne(features);
    const windows = windowsOf(0, T, defaultFeatureSet);
    expect(windows).toHaveLength(3);
    const expected = { emotion: [0, 0, 0], gender: [0, 0] };
    const attention = new Float32Array(T);
    for (const { first, frames } of windows) {
      const part = await predictOne(features.subarray(first * F, (first + frames) * F));
      for (const [task, sums] of Object.entries(expected)) {
        scoresOf(part, task).forEach((score, c) => (sums[c]! += (frames / T) * score));
      }
      attention.set(
        part.attention.map((weight) => (frames / T) * weight),
        first,
      );
    }
    for (const [task, sums] of Object.entries(expected)) {
      expect(scoresOf(whole, task)).toHaveLength(sums.length);
      scoresOf(whole, task).forEach((score, c) => expect(score).toBeCloseTo(sums[c] ?? NaN, 4));
    }
    expect(sum(whole.attention)).toBeCloseTo(1, 4);
    attention.forEach((weight, t) =>
      expect(Math.abs((whole.attention[t] ?? NaN) - weight)).toBeLessThan(1e-6),
    );
  });

  it('predicts samples as it predicts their features, at any rate and loudness', async () => {
    const random = new Random(2, 'samples');
    const samples = Float32Array.from(
      { length: 8000 },
      (_, n) => 0.1 * random.normal() + Math.sin((n * (1 + n / 8000)) / 20),
    );
    const { normalised } = extractFeatures(samples);
    const [expected] = await predictor.predictFeatures([normalised], { normalised: true });
    const got = await predictor.predictSamples(samples);
    expect(got.tasks).toEqual(expected?.tasks);
    expect(got.seconds).toBe(0.5);
    const quiet = await predictor.predictSamples(samples.map((x) => x / 64));
    scoresOf(got, 'emotion').forEach((score, c) =>
      expect(scoresOf(quiet, 'emotion')[c]).toBeCloseTo(score, 4),
    );
    const doubled = Float32Array.from({ length: 16000 }, (_, n) => samples[n >> 1] ?? 0);
    expect((await predictor.predictSamples(doubled, 32000)).attention).toHaveLength(48);
  });

  it('takes silence for what it is: a recording like another', async () => {
    const { tasks, attention } = await predictor.predictSamples(new Float32Array(4000));
    for (const { scores } of Object.values(tasks)) {
      expect(Object.values(scores).every(Number.isFinite)).toBe(true);
    }
    expect(sum(attention)).toBeCloseTo(1, 5);
  });

  it('loads from a model folder', async () => {
    const files = new MemoryFiles();
    await writeModel(files, 'm', tinyModel());
    const loaded = await Predictor.load(engine, files, 'm');
    const features = matrix(20);
    expect(await loaded.predictFeatures([features])).toEqual([await predictOne(features)]);
    loaded.destroy();
  });

  it('refuses too few samples, broken matrices, NaN', async () => {
    await expect(predictor.predictSamples(new Float32Array(160))).rejects.toThrow(AudioError);
    for (const bad of [new Float32Array(0), new Float32Array(37), new Float32Array(72).fill(NaN)]) {
      await expect(predictor.predictFeatures([matrix(3), bad])).rejects.toThrow(UsageError);
    }
    await expect(predictor.predictFeatures([new Float32Array(72).fill(NaN, 40)])).rejects.toThrow(
      'feature matrix 0 holds NaN at frame 1',
    );
    expect(await predictor.predictFeatures([])).toEqual([]);
  });

  it('refuses an answer that is not finite', async () => {
    const trained = tinyModel();
    const parameters = Object.entries(trained.parameters).map(([name, { shape, data }]) => {
      const large = name === 'frontend.weight';
      return [
        name,
        { shape, data: Float32Array.from(data, (x) => (large ? Math.sign(x) * 3e38 : x)) },
      ];
    });
    const diverged = { ...trained, parameters: Object.fromEntries(parameters) as never };
    const broken = new Predictor(engine, diverged);
    await expect(broken.predictFeatures([matrix(9)])).rejects.toThrow(
      'the model gives emotion probabilities that are not finite',
    );
    broken.destroy();
  });
});

describe('a Predictor that normalises over more than the utterance', () => {
  const other = matrix(300, 8);
  const long = matrix(2 * WINDOW_FRAMES, 5);
  const short = matrix(60, 6);
  const of = (normalisation: Normalisation) =>
    new Predictor(engine, { ...tinyModel(), normalisation });

  it('by training applies the stored numbers, to windows too', async () => {
    const statistics = statisticsOf([other], F);
    const own = of({ scope: 'training', statistics });
    // What is normalised already is taken as it is, so that windows of it are no utterances.
    const parts = [0, 1].map((i) =>
      long.subarray(i * WINDOW_FRAMES * F, (i + 1) * WINDOW_FRAMES * F),
    );
    const ready = [...parts, short].map((features) => applyStatistics(features, statistics));
    const [a, b, c] = await own.predictFeatures(ready, { normalised: true });
    const [whole, alone] = await own.predictFeatures([long, short]);
    const [first, second] = [a, b].map((part) => scoresOf(part as Prediction, 'emotion'));
    scoresOf(whole as Prediction, 'emotion').forEach((score, i) =>
      expect(score).toBeCloseTo(((first?.[i] ?? NaN) + (second?.[i] ?? NaN)) / 2, 5),
    );
    expect(alone?.tasks).toEqual(c?.tasks);
    const [plain] = await predictor.predictFeatures([long]);
    expect(plain?.tasks).not.toEqual(whole?.tasks);
    own.destroy();
  });

  it('by training predicts samples as it predicts their raw features', async () => {
    const random = new Random(3, 'samples');
    const samples = Float32Array.from({ length: 8000 }, () => random.normal());
    const { features } = extractFeatures(samples);
    const own = of({ scope: 'training', statistics: statisticsOf([other], F) });
    const [expected] = await own.predictFeatures([features]);
    expect((await own.predictSamples(samples)).tasks).toEqual(expected?.tasks);
    own.destroy();
  });

  it('by speaker takes the utterances of each speaker together, and none alone', async () => {
    const own = of({ scope: 'speaker' });
    const speakers = ['ann', 'bob', 'ann'];
    const raw = [other, long, short];
    const got = await own.predictFeatures(raw, { speakers });
    const ann = statisticsOf([other, short], F);
    const ready = [
      applyStatistics(other, ann),
      applyStatistics(long, statisticsOf([long], F)),
      applyStatistics(short, ann),
    ];
    expect(got.map(({ speakerRecordings }) => speakerRecordings)).toEqual([2, 1, 2]);
    const expected = await own.predictFeatures(ready, { normalised: true });
    expect(got.map(({ tasks }) => tasks)).toEqual(expected.map(({ tasks }) => tasks));
    const problem = 'trained with features normalised by speaker, but no speakers were given';
    await expect(own.predictFeatures(raw)).rejects.toThrow(problem);
    await expect(own.predictSamples(new Float32Array(8000))).rejects.toThrow(problem);
    await expect(own.predictFile(new MemoryFiles(), 'x.wav')).rejects.toThrow(UsageError);
    own.destroy();
  });

  it('by speaker with a prior takes one alone, an enrolled one, or all of a speaker', async () => {
    const prior = priorOf([ownMoments(other, F, false), ownMoments(long, F, false)], 3);
    const own = of({ scope: 'speaker', prior });
    const tasksOf = async (raw: Float32Array, known: SpeakerMoments) => {
      const { frames } = statisticsOfSpeaker(known, prior);
      const [found] = await own.predictFeatures([applyStatistics(raw, frames)], {
        normalised: true,
      });
      return found?.tasks;
    };
    const [one, two] = [ownMoments(short, F, false), ownMoments(other, F, false)];
    const both = joinMoments([one, two]);
    const [alone] = await own.predictFeatures([short]);
    expect(alone).toMatchObject({ speakerRecordings: 1, tasks: await tasksOf(short, one) });
    const [known] = await own.predictFeatures([short], { speaker: two });
    expect(known).toMatchObject({ speakerRecordings: 1, tasks: await tasksOf(short, two) });
    expect(known?.tasks).not.toEqual(alone?.tasks);
    const [grown] = await own.predictFeatures([short], {
      speaker: (itself) => joinMoments([two, itself]),
    });
    const [together] = await own.predictFeatures([short, other], { speakers: ['ann', 'ann'] });
    for (const found of [grown, together]) {
      expect(found?.speakerRecordings).toBe(2);
      const scores = Object.values((await tasksOf(short, both))?.['emotion']?.scores ?? {});
      scoresOf(found!, 'emotion').forEach((score, i) => expect(score).toBeCloseTo(scores[i]!, 6));
    }
    await expect(own.predictFeatures([short], { speaker: two, speakers: ['ann'] })).rejects.toThrow(
      '`speaker` was given together with `speakers`',
    );
    own.destroy();
  });

  it('of another normalisation refuses a speaker', async () => {
    const own = of({ scope: 'utterance' });
    const speaker = ownMoments(other, F, false);
    const problem = 'a speaker was given, but the model does not normalise features by speaker';
    await expect(own.predictFeatures([short], { speaker })).rejects.toThrow(problem);
    await expect(
      own.predictSamples(new Float32Array(8000), 16000, 'x', { speaker }),
    ).rejects.toThrow(problem);
    own.destroy();
  });
});

describe('windowsOf', () => {
  it.each([
    [1, [1]],
    [WINDOW_FRAMES, [WINDOW_FRAMES]],
    [WINDOW_FRAMES + 1, [1499, 1500]],
    [3 * WINDOW_FRAMES + 2, [2249, 2249, 2249, 2249]],
  ])('cuts %i frames evenly and without a gap', (T, lengths) => {
    const windows = windowsOf(7, T, defaultFeatureSet);
    expect(windows.map(({ frames }) => frames)).toEqual(lengths);
    let end = 0;
    for (const { first, frames, utterance } of windows) {
      expect(first).toBe(end);
      expect(utterance).toBe(7);
      end += frames;
    }
    expect(end).toBe(T);
  });

  it('has windows of 30 s', () => {
    expect(WINDOW_FRAMES).toBe(2998);
  });
});

describe('windows of normalised features', () => {
  it('are normalised over the window, whatever the whole was', () => {
    const raw = matrix(400);
    const part = raw.subarray(0, 100 * F);
    const direct = normaliseUtterance(part);
    const through = normaliseUtterance(normaliseUtterance(raw).subarray(0, 100 * F));
    direct.forEach((x, i) => expect(Math.abs(x - (through[i] ?? NaN))).toBeLessThan(1e-5));
  });
});
