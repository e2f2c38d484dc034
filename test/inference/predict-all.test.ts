import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeWav } from '../../src/audio/wav.js';
import { AudioError, DeviceLostError } from '../../src/core/errors.js';
import { Random } from '../../src/core/random.js';
import { featuresOfFile } from '../../src/features/utterance.js';
import { ownMoments, priorOf } from '../../src/features/speaker-moments.js';
import type { Engine } from '../../src/gpu/engine.js';
import { featureStage } from '../../src/inference/feature-stage.js';
import {
  predictAll,
  type PredictAllOptions,
  predictWindows,
  type PredictionStage,
} from '../../src/inference/predict-all.js';
import { Predictor, type Prediction } from '../../src/inference/predictor.js';
import { heardSpeakers, heardStage } from '../../src/inference/speaker-groups.js';
import { openEngine } from '../../src/platform/node/engine.js';
import { tinyModel } from '../model/tiny-model.js';
import { testAdapter } from '../support/gpu.js';
import { MemoryFiles } from '../support/memory-files.js';

const turn = (ms = 0): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe('predictAll', () => {
  /** A recording of n frames: its prediction says n. */
  const predictionOf = (seconds: number): Prediction => ({
    tasks: {},
    seconds,
    attention: new Float32Array(),
  });
  class Counting implements PredictionStage<number, number> {
    readonly windows: number[][] = [];
    prepared = 0;
    readonly prepare = async (n: number): Promise<number> => {
      await turn(n % 3);
      this.prepared++;
      if (n < 0) throw new AudioError('bad', '');
      return n;
    };
    readonly frames = (n: number): number => n;
    predict = async (window: readonly number[]): Promise<Prediction[]> => {
      this.windows.push([...window]);
      await turn(2);
      return window.map(predictionOf);
    };
  }

  it('predicts windows of bounded size, in order, and a failure costs only itself', async () => {
    const stage = new Counting();
    const recordings = [5, 6, -1, 7, 30, 1, 1, 1, 1, 1, -2];
    const options: PredictAllOptions = { frames: 20, recordings: 4 };
    const found = await all(predictAll(stage, recordings, options));
    expect(found.map(({ recording }) => recording)).toEqual(recordings);
    const said = found.map(({ prediction, error }) => prediction?.seconds ?? error?.message);
    expect(said).toEqual([5, 6, 'bad', 7, 30, 1, 1, 1, 1, 1, 'bad']);
    expect(stage.windows).toEqual([[5, 6, 7], [30], [1, 1, 1, 1], [1]]);
  });

  it('prepares the next window while one is predicted, and no more', async () => {
    const stage = new Counting();
    let prepared = 0;
    stage.predict = async (window) => {
      await turn(30);
      prepared = Math.max(prepared, stage.prepared);
      return window.map(predictionOf);
    };
    const stream = predictWindows(stage, Array<number>(100).fill(1), { recordings: 10, atOnce: 2 });
    await stream.next();
    expect(prepared).toBeGreaterThanOrEqual(20); // the second window was ready when the first was predicted
    await turn(20);
    expect(stage.prepared).toBeLessThanOrEqual(20 + 3);
    await stream.return();
  });

  it('throws what is no recording’s fault, also where its source would never end', async () => {
    const stage = new Counting();
    stage.predict = () => Promise.reject(new DeviceLostError('gone', ''));
    async function* source() {
      yield 1;
      await new Promise(() => undefined);
    }
    await expect(all(predictAll(stage, source(), { seconds: 0.01 }))).rejects.toThrow('gone');
  });

  it('waits only so long for recordings that come slowly', async () => {
    const stage = new Counting();
    async function* source() {
      for (const n of [1, 2, 3]) {
        yield n;
        if (n === 2) await turn(100);
      }
    }
    await all(predictAll(stage, source(), { seconds: 0.03 }));
    expect(stage.windows).toEqual([[1, 2], [3]]);
  });
});

describe('featureStage', () => {
  let engine: Engine;
  let files: MemoryFiles;
  const paths = [0, 1, 2, 3, 4, 5].map((i) => `${i}.wav`);
  const recordings = paths.map((path) => ({ path }));

  beforeAll(async () => {
    engine = await openEngine({ adapter: testAdapter() });
    const random = new Random(5, 'recordings');
    const noise = (length: number) => Float32Array.from({ length }, () => 0.1 * random.normal());
    files = new MemoryFiles(
      Object.fromEntries(paths.map((path, i) => [path, encodeWav(noise(3000 + 997 * i), 16000)])),
    );
  }, 60_000);
  afterAll(() => engine.close());

  const scores = (found: Prediction | undefined): number[] =>
    Object.values(found?.tasks ?? {}).flatMap((own) => Object.values(own.scores));
  function expectSame(found: Prediction | undefined, one: Prediction): void {
    scores(found).forEach((score, c) =>
      expect(Math.abs(score - scores(one)[c]!)).toBeLessThan(1e-6),
    );
    expect(found?.seconds).toBe(one.seconds);
    expect(found?.attention).toHaveLength(one.attention.length);
  }

  it('predicts as predictFile does, and names a recording that is not there', async () => {
    const predictor = new Predictor(engine, { ...tinyModel(), trimDb: 20 });
    const stage = featureStage(predictor, files);
    const found = await all(predictAll(stage, [...recordings, { path: 'none.wav' }]));
    for (const [i, path] of paths.entries()) {
      expectSame(found[i]?.prediction, await predictor.predictFile(files, path));
    }
    expect(found.at(-1)?.error?.message).toContain('none.wav');
    predictor.destroy();
  });

  it('a speaker’s recordings are normalised together, whether or not their features were kept', async () => {
    const moments: ReturnType<typeof ownMoments>[] = [];
    const raw: Float32Array[] = [];
    for (const path of paths) {
      const { features } = await featuresOfFile(files, path);
      raw.push(features);
      moments.push(ownMoments(features, 36, false));
    }
    const prior = priorOf(moments.slice(0, 2), 1);
    for (const normalisation of [
      { scope: 'speaker', prior } as const,
      { scope: 'speaker' } as const,
    ]) {
      const predictor = new Predictor(engine, { ...tinyModel(), normalisation });
      const speakers = ['ann', 'ann', 'ann', 'bob', 'bob', 'bob'];
      const expected = await predictor.predictFeatures(raw, { speakers });
      const groups = [
        { name: 'ann', recordings: [...recordings.slice(0, 3), { path: 'none.wav' }] },
        { name: 'bob', recordings: recordings.slice(3) },
      ];
      const stage = featureStage(predictor, files);
      for (const keep of [0, 1000, Infinity]) {
        const heard: unknown[] = [];
        const onHeard = (...own: unknown[]): unknown => heard.push(own);
        const items = heardSpeakers(predictor, stage, groups, { keep, onHeard });
        const found = await all(predictAll(heardStage(stage), items));
        const [failed] = found.splice(3, 1);
        expect(failed?.error?.message).toContain('none.wav');
        found.forEach(({ prediction }, i) => {
          expectSame(prediction, { ...expected[i]!, seconds: prediction?.seconds ?? NaN });
          expect(prediction?.speakerRecordings).toBe(3);
        });
        expect(heard).toEqual([
          ['ann', 3],
          ['bob', 3],
        ]);
      }
      predictor.destroy();
    }
  });
});
