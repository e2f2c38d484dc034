/** Training on features that do not fit in memory, which are read from the cache step by step. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CorpusError, FileError } from '../../src/core/errors.js';
import { readSafetensors } from '../../src/core/safetensors.js';
import { sha256, sha256OfFloats } from '../../src/features/digest.js';
import { normalisations, type NormalisationScope } from '../../src/features/normalise.js';
import type { Engine } from '../../src/gpu/engine.js';
import { Predictor } from '../../src/inference/predictor.js';
import { openEngine } from '../../src/platform/node/engine.js';
import type { Dataset } from '../../src/data/dataset.js';
import { loadTestData, loadTrainingData, type RunData } from '../../src/data/source.js';
import { readRunConfig } from '../../src/runs/folder.js';
import { readLog } from '../../src/runs/log.js';
import { evaluate } from '../../src/scoring/evaluate.js';
import { TrainingSession } from '../../src/session/training-session.js';
import { train, type TrainOptions } from '../../src/training/trainer.js';
import { testAdapter } from '../support/gpu.js';
import { MemoryFiles } from '../support/memory-files.js';
import { corpusFiles } from '../data/corpus-files.js';
import { allOf } from '../data/rows.js';
import { tinySettings } from '../data/synthetic.js';

const corpus = corpusFiles(9);
const settings = {
  ...tinySettings,
  training: { ...tinySettings.training, epochs: 2, checkpointSteps: 2 },
};
let engine: Engine;

beforeAll(async () => {
  engine = await openEngine({ adapter: testAdapter() });
}, 60_000);

afterAll(() => engine.close());

/** A corpus of 80 KB of features of which `featureMemory` may stay in memory. */
function dataOf(
  files: MemoryFiles,
  featureMemory: number,
  normalise: NormalisationScope = 'utterance',
): Promise<RunData> {
  const source = { corpus: 'manifest', path: 'manifest.csv', validationShare: 0.3, seed: 0 };
  const options = { cache: 'cache', featureMemory, warn: () => undefined };
  return loadTrainingData(files, { ...source, normalise }, options);
}

function run(files: MemoryFiles, data: RunData, more: Partial<TrainOptions> = {}) {
  return train({ engine, files, out: 'run', data, settings, seed: 3, ...more });
}

/** Log and newest checkpoint, without times. */
async function bitsOf(files: MemoryFiles): Promise<unknown> {
  const log = (await readLog(files, 'run')).map((entry) => ({
    ...entry,
    ...{ seconds: 0, framesPerSecond: 0 },
  }));
  const [name] = (await files.list('run/checkpoints')).reverse();
  const { tensors } = readSafetensors(await files.read(`run/checkpoints/${name}`));
  return { log, name, tensors, config: await readRunConfig(files, 'run') };
}

const entriesRead = (files: MemoryFiles): number =>
  files.log.filter((line) => line.startsWith('read cache/')).length;

describe('a run on a corpus larger than its memory', () => {
  it.each(normalisations)('by %s gives the bits of one in memory', async (scope) => {
    const [whole, part] = [new MemoryFiles(corpus), new MemoryFiles(corpus)];
    await run(whole, await dataOf(whole, 1e9, scope));
    const data = await dataOf(part, 12_000, scope);
    const before = entriesRead(part);
    await run(part, data);
    expect(entriesRead(part) - before).toBeGreaterThan(2 * 8); // most of both epochs
    expect(await bitsOf(part)).toEqual(await bitsOf(whole));
    const predictor = await Predictor.load(engine, part, 'run');
    const { labels, normalisation } = predictor;
    const source = { corpus: 'manifest', path: 'manifest.csv', seed: 0 };
    const scores = [];
    for (const featureMemory of [0, 1e9]) {
      const options = { normalisation, cache: 'cache', featureMemory };
      scores.push(await evaluate(predictor, await loadTestData(part, source, labels, options)));
    }
    predictor.destroy();
    expect(scores[0]).toEqual(scores[1]);
  });

  it('reads three batches ahead of its steps, and no more', async () => {
    const files = new MemoryFiles(corpus);
    const data = await dataOf(files, 0);
    const rows: number[][] = [];
    const read = (own: readonly number[]) => {
      rows.push([...own]);
      return data.training.read(own);
    };
    const inSteps: number[] = [];
    const utterances: number[][] = [];
    // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its session below
    const step = TrainingSession.prototype.step;
    const spy = vi.spyOn(TrainingSession.prototype, 'step');
    spy.mockImplementation(async function (this: TrainingSession, ...args) {
      inSteps.push(rows.length);
      utterances.push([...args[0].utterances]);
      await step.apply(this, args);
    });
    try {
      await run(files, { ...data, training: { ...data.training, read } });
    } finally {
      spy.mockRestore();
    }
    const steps = inSteps.length / 2;
    expect(steps).toBeGreaterThan(4);
    const ahead = (epoch: number) =>
      Array.from({ length: steps }, (_, i) => epoch * steps + Math.min(i + 4, steps));
    expect(inSteps).toEqual([...ahead(0), ...ahead(1)]);
    expect(rows).toEqual(utterances);
  });

  it('stops on request with no read pending, and resumes bit-identically', async () => {
    const whole = new MemoryFiles(corpus);
    const small = { ...settings, training: { ...settings.training, batch: 1 } };
    await run(whole, await dataOf(whole, 0), { settings: small });
    const files = new MemoryFiles(corpus);
    const data = await dataOf(files, 0);
    let underWay = 0;
    const read = async (rows: readonly number[]) => {
      underWay += 1;
      await new Promise((resolve) => setTimeout(resolve, 5));
      const found = await data.training.read(rows);
      underWay -= 1;
      return found;
    };
    const stop = new AbortController();
    const slow = { ...data, training: { ...data.training, read } };
    const signal = stop.signal;
    const { stopped } = await run(files, slow, {
      settings: small,
      signal,
      onProgress: () => stop.abort(),
    });
    expect([stopped, underWay]).toEqual(['interrupted', 0]);
    await run(files, data, { settings: undefined, resume: true });
    expect(await bitsOf(files)).toEqual(await bitsOf(whole));
  });
});

describe('a cache entry that training comes to', () => {
  /** A run whose cache is changed after its first step. */
  async function changed(change: (files: MemoryFiles) => Promise<void>) {
    const files = new MemoryFiles(corpus);
    const data = await dataOf(files, 0);
    // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its session below
    const step = TrainingSession.prototype.step;
    const spy = vi.spyOn(TrainingSession.prototype, 'step');
    spy.mockImplementationOnce(async function (this: TrainingSession, ...args) {
      await step.apply(this, args);
      await change(files);
    });
    try {
      await run(files, data);
    } finally {
      spy.mockRestore();
    }
    return files;
  }

  it('damaged, is computed again to the same bits', async () => {
    const whole = new MemoryFiles(corpus);
    await run(whole, await dataOf(whole, 1e9));
    const files = await changed(async (own) => {
      for (const path of own.paths().filter((name) => name.startsWith('cache/'))) {
        await own.write(path, 'damaged');
      }
    });
    expect(await bitsOf(files)).toEqual(await bitsOf(whole));
  });

  it('gone with its recording, ends the run in an error that names it', async () => {
    const gone = changed(async (own) => {
      await own.remove('cache');
      for (const name of own.paths().filter((path) => path.endsWith('.wav'))) {
        await own.remove(name);
      }
    });
    await expect(gone).rejects.toThrow(FileError);
    await expect(gone).rejects.toThrow(/^cannot read the features of (ann|bob)-\d\.wav again: /);
  });
});

describe('a run whose config.json has digests of features, as older ones do', () => {
  /** Written out here as it was computed then. */
  async function oldDigest(dataset: Dataset): Promise<string> {
    const features = [];
    for (const matrix of await allOf(dataset)) features.push(await sha256OfFloats(matrix));
    const targets = Object.fromEntries(
      Object.entries(dataset.targets).map(([task, classes]) => [task, [...classes]]),
    );
    return sha256(new TextEncoder().encode(JSON.stringify({ features, targets })));
  }

  /** A dataset of which only the features are known: its run has such digests. */
  async function given(dataset: Dataset): Promise<Dataset> {
    const features = await allOf(dataset);
    const own = { ...dataset };
    delete own.origin;
    return { ...own, read: (rows) => Promise.resolve(rows.map((row) => features[row]!)) };
  }

  it.each(normalisations)(
    'by %s goes on, to the same bits, on the same data alone',
    async (scope) => {
      const files = new MemoryFiles(corpus);
      const data = await dataOf(files, 12_000, scope);
      const old = {
        ...data,
        training: await given(data.training),
        validation: await given(data.validation),
      };
      const whole = new MemoryFiles(corpus);
      await run(whole, old);
      const stop = new AbortController();
      const { signal } = stop;
      await run(files, old, { signal, onProgress: ({ kind }) => kind === 'epoch' && stop.abort() });
      const { data: begun } = await readRunConfig(files, 'run');
      expect(begun.training.digest).toBe(await oldDigest(data.training));
      expect(begun.validation.digest).toBe(await oldDigest(data.validation));
      const resume = { settings: undefined, resume: true };
      const other = await dataOf(files, 12_000, scope === 'utterance' ? 'training' : 'utterance');
      await expect(run(files, other, resume)).rejects.toThrow(CorpusError);
      await run(files, data, resume);
      expect(await bitsOf(files)).toEqual(await bitsOf(whole));
      expect((await readRunConfig(files, 'run')).data.training).toEqual(begun.training);
    },
  );
});
