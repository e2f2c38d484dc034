/** Normalisation by utterance, speaker and training set on the way from a corpus to a model. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CorpusError, UsageError } from '../../src/core/errors.js';
import { normalisations, type NormalisationScope } from '../../src/features/normalise.js';
import { defaultFeatureSet } from '../../src/features/sets/registry.js';
import { functionalsOf } from '../../src/features/functionals.js';
import {
  DEFAULT_KAPPA,
  joinMoments,
  ownMoments,
  priorOf,
  statisticsOfSpeaker,
} from '../../src/features/speaker-moments.js';
import { applyStatistics, statisticsOf } from '../../src/features/statistics.js';
import { featuresOfFile } from '../../src/features/utterance.js';
import type { Engine } from '../../src/gpu/engine.js';
import { readModel } from '../../src/model/folder.js';
import { Predictor } from '../../src/inference/predictor.js';
import { openEngine } from '../../src/platform/node/engine.js';
import { loadTestData, loadTrainingData } from '../../src/data/source.js';
import { readBatch, type Dataset } from '../../src/data/dataset.js';
import { digestOf } from '../../src/data/digest.js';
import { evaluate } from '../../src/scoring/evaluate.js';
import { readRunConfig } from '../../src/runs/folder.js';
import { train } from '../../src/training/trainer.js';
import { testAdapter } from '../support/gpu.js';
import { MemoryFiles } from '../support/memory-files.js';
import { corpusFiles } from './corpus-files.js';
import { allOf } from './rows.js';
import { tinySettings } from './synthetic.js';

const { dimensions: F } = defaultFeatureSet;

const corpus = corpusFiles();
const files = new MemoryFiles(corpus);
const sourceOf = (normalise?: NormalisationScope) => ({
  corpus: 'manifest',
  path: 'manifest.csv',
  validationShare: 0.3,
  seed: 0,
  ...(normalise && { normalise }),
});
const labels = { emotion: ['anger', 'sadness'] };

async function rawOf(dataset: Dataset): Promise<Float32Array[]> {
  const all = dataset.paths.map((path) => featuresOfFile(files, path));
  return (await Promise.all(all)).map(({ features }) => features);
}

/** By speaker, by hand: the speakers of the test corpus are the first three letters of the paths. */
async function bySpeaker(dataset: Dataset): Promise<Float32Array[]> {
  const raw = await rawOf(dataset);
  const speaker = (i: number) => dataset.paths[i]?.slice(0, 3);
  return raw.map((features, i) =>
    applyStatistics(
      features,
      statisticsOf(
        raw.filter((_, j) => speaker(j) === speaker(i)),
        F,
      ),
    ),
  );
}

describe('loading', () => {
  it('normalises by utterance where nothing is said', async () => {
    const plain = await loadTrainingData(files, sourceOf());
    const said = await loadTrainingData(files, sourceOf('utterance'));
    expect({ ...said.training, read: undefined }).toEqual({ ...plain.training, read: undefined });
    expect(await allOf(said.training)).toEqual(await allOf(plain.training));
    expect(plain.training.normalisation).toEqual({ scope: 'utterance' });
  });

  it('normalises each side by its own speakers', async () => {
    const { training, validation } = await loadTrainingData(files, sourceOf('speaker'));
    const normalisation = { scope: 'speaker' } as const;
    const test = await loadTestData(files, sourceOf(), labels, { normalisation });
    for (const side of [training, validation, test]) {
      expect(await allOf(side)).toEqual(await bySpeaker(side));
      expect(side.normalisation).toEqual(normalisation);
    }
    expect(new Set(validation.paths.map((path) => path.slice(0, 3)))).toEqual(
      new Set(['ann', 'bob']), // both sides have both: their numbers are not the same
    );
  });

  it('normalises every side by the numbers of the training side', async () => {
    const { training, validation } = await loadTrainingData(files, sourceOf('training'));
    const statistics = statisticsOf(await rawOf(training), F);
    const normalisation = { scope: 'training', statistics } as const;
    const test = await loadTestData(files, sourceOf(), labels, { normalisation });
    for (const side of [training, validation, test]) {
      const expected = (await rawOf(side)).map((features) => applyStatistics(features, statistics));
      expect(await allOf(side)).toEqual(expected);
      expect(side.normalisation).toEqual(normalisation);
    }
  });

  describe('by speaker with a prior', () => {
    const withPrior = { ...sourceOf('speaker'), kappa: 2 };
    const momentsOf = (raw: readonly Float32Array[], names: readonly string[], name: string) =>
      joinMoments(raw.filter((_, i) => names[i] === name).map((own) => ownMoments(own, F, true)));
    const namesOf = ({ paths }: Dataset) => paths.map((path) => path.slice(0, 3));

    it.each([undefined, 0])(
      'shrinks each side to the training speakers, with %s bytes of memory for features',
      async (featureMemory) => {
        const options = {
          ...(featureMemory === 0 && { featureMemory }),
          cache: 'cache',
          functionals: true,
        };
        const own = new MemoryFiles(corpus);
        const { training, validation } = await loadTrainingData(own, withPrior, options);
        const { normalisation } = training;
        const test = await loadTestData(own, sourceOf(), labels, {
          ...options,
          ...(normalisation && { normalisation }),
        });
        const raw = await rawOf(training);
        const each = ['ann', 'bob'].map((name) => momentsOf(raw, namesOf(training), name));
        const prior = priorOf(each, 2);
        expect(JSON.stringify(normalisation)).toBe(JSON.stringify({ scope: 'speaker', prior }));
        for (const side of [training, validation, test]) {
          expect(side.normalisation).toEqual(normalisation);
          const [rows, names] = [await rawOf(side), namesOf(side)];
          const statistics = names.map((name) =>
            statisticsOfSpeaker(momentsOf(rows, names, name), prior),
          );
          const features = rows.map((own, i) => applyStatistics(own, statistics[i]!.frames));
          expect(await allOf(side)).toEqual(features);
          const functionals = rows.map((own, i) =>
            applyStatistics(functionalsOf(own, F), statistics[i]!.functionals!),
          );
          expect(side.functionals).toEqual(functionals);
          const batch = await readBatch(side, [1, 0]);
          expect([...(batch.functionals ?? [])]).toEqual([...functionals[1]!, ...functionals[0]!]);
        }
      },
    );

    it('holds no functionals unless they are asked for', async () => {
      const { training } = await loadTrainingData(files, withPrior);
      expect(training.functionals).toBeUndefined();
      expect(training.normalisation).toMatchObject({ prior: { kappa: 2 } });
      expect(training.normalisation).not.toHaveProperty('prior.functionals');
      expect((await readBatch(training, [0])).functionals).toBeUndefined();
    });

    it('needs a prior for functionals, and a normalisation by speaker', async () => {
      const { training } = await loadTrainingData(files, sourceOf('speaker'), {
        functionals: true,
      });
      expect(training.normalisation).toMatchObject({ prior: { kappa: DEFAULT_KAPPA } });
      await expect(loadTrainingData(files, sourceOf(), { functionals: true })).rejects.toThrow(
        'functionals of the scope "functionals" are normalised by speaker, but features by utterance',
      );
    });

    it('is other data than with another weight, or none', async () => {
      const digests = [undefined, 1, 2].map(async (kappa) => {
        const source = { ...sourceOf('speaker'), ...(kappa !== undefined && { kappa }) };
        return digestOf((await loadTrainingData(files, source)).training);
      });
      expect(new Set(await Promise.all(digests)).size).toBe(3);
    });
  });

  it('refuses an utterance without a speaker before it reads any, naming it', async () => {
    const rows = ['path,emotion,speaker,gender', 'ann-0.wav,anger,ann,', 'cid-1.wav,sadness,,'];
    const own = new MemoryFiles({ ...corpus, 'manifest.csv': `${rows.join('\n')}\n` });
    await expect(loadTrainingData(own, sourceOf('speaker'))).rejects.toThrow(CorpusError);
    await expect(
      loadTestData(own, sourceOf(), labels, { normalisation: { scope: 'speaker' } }),
    ).rejects.toThrow('cid-1.wav has no speaker, so its features cannot be normalised by speaker');
    expect(own.log.filter((line) => line.includes('.wav'))).toEqual([]);
    expect((await loadTestData(own, sourceOf(), labels)).paths).toHaveLength(2);
  });
});

describe('a run', () => {
  let engine: Engine;
  const settings = {
    ...tinySettings,
    model: { ...tinySettings.model, heads: [{ task: 'emotion', hidden: 0 }] },
    training: { ...tinySettings.training, epochs: 1 },
  };

  beforeAll(async () => {
    engine = await openEngine({ adapter: testAdapter() });
    for (const scope of normalisations) {
      const data = await loadTrainingData(files, sourceOf(scope));
      await train({ engine, files, out: scope, data, settings });
    }
  }, 120_000);

  afterAll(() => engine.close());

  it.each(normalisations)('by %s says so, and its model knows how to apply it', async (scope) => {
    expect((await readRunConfig(files, scope)).data.source?.normalise).toBe(scope);
    const { normalisation } = await readModel(files, scope);
    const { training } = await loadTrainingData(files, sourceOf(scope));
    expect(normalisation).toEqual(training.normalisation);
    expect(normalisation?.scope).toBe(scope);
  });

  it.each(normalisations)(
    'by %s is scored on what its model predicts of the same files',
    async (scope) => {
      const predictor = await Predictor.load(engine, files, scope);
      const { normalisation } = predictor;
      const test = await loadTestData(files, sourceOf(), predictor.labels, { normalisation });
      const raw = await rawOf(test);
      const fromRaw = await predictor.predictFeatures(raw, { speakers: raw.map(() => 'cid') });
      const scored = await predictor.predictFeatures(await allOf(test), { normalised: true });
      fromRaw.forEach(({ tasks }, i) => {
        const other = scored[i]?.tasks['emotion']?.scores['anger'];
        expect(tasks['emotion']?.scores['anger']).toBeCloseTo(other ?? NaN, 5);
      });
      const { confusion } = await evaluate(predictor, test);
      const expected = [
        [0, 0],
        [0, 0],
      ];
      scored.forEach(({ tasks }, i) => {
        const row = expected[test.targets['emotion']?.[i] ?? -1] ?? [];
        row[labels.emotion.indexOf(tasks['emotion']?.label ?? '')]! += 1;
      });
      expect(confusion).toEqual(expected);
      predictor.destroy();
    },
  );

  it.each(['speaker', 'training'] as const)(
    'by %s, interrupted, goes on to the bits of one that never was',
    async (scope) => {
      const load = () => loadTrainingData(files, sourceOf(scope));
      const two = { ...settings, training: { ...settings.training, epochs: 2 } };
      const weightsOf = async (out: string) => (await readModel(files, out)).parameters;
      await train({ engine, files, out: `${scope}-whole`, data: await load(), settings: two });
      const out = `${scope}-cut`;
      const stop = new AbortController();
      const { stopped } = await train({
        engine,
        files,
        out,
        data: await load(),
        settings: two,
        signal: stop.signal,
        onProgress: ({ kind }) => kind === 'epoch' && stop.abort(),
      });
      expect(stopped).toBe('interrupted');
      const ended = await train({ engine, files, out, data: await load(), resume: true });
      expect(ended.stopped).toBe('epochs');
      expect(await weightsOf(out)).toEqual(await weightsOf(`${scope}-whole`));
      const other = loadTrainingData(files, sourceOf());
      await expect(train({ engine, files, out, data: await other, resume: true })).rejects.toThrow(
        `the training data differ from those that ${out} was started with`,
      );
    },
  );

  it('by speaker with functionals and a prior trains, resumes, and predicts what it is scored on', async () => {
    const model = { ...settings.model, functionals: { units: 4, scope: 'functionals' } } as const;
    const two = { model, training: { ...settings.training, epochs: 2 } };
    const load = () =>
      loadTrainingData(files, { ...sourceOf('speaker'), kappa: 1 }, { functionals: true });
    const weightsOf = async (out: string) => (await readModel(files, out)).parameters;
    await train({ engine, files, out: 'prior-whole', data: await load(), settings: two });
    const stop = new AbortController();
    const cut = { engine, files, out: 'prior-cut', settings: two, signal: stop.signal };
    const onProgress = ({ kind }: { kind: string }) => kind === 'epoch' && stop.abort();
    await train({ ...cut, data: await load(), onProgress });
    await train({ engine, files, out: 'prior-cut', data: await load(), resume: true });
    expect(await weightsOf('prior-cut')).toEqual(await weightsOf('prior-whole'));

    const predictor = await Predictor.load(engine, files, 'prior-whole');
    const { normalisation } = predictor;
    expect(normalisation).toEqual((await load()).training.normalisation);
    const test = await loadTestData(files, sourceOf(), predictor.labels, { normalisation });
    const raw = await rawOf(test);
    const fromRaw = await predictor.predictFeatures(raw, { speakers: raw.map(() => 'cid') });
    const scored = await predictor.predictFeatures(await allOf(test), {
      normalised: true,
      functionals: test.functionals,
    });
    expect(fromRaw.map(({ tasks }) => tasks)).toEqual(scored.map(({ tasks }) => tasks));
    const { utterances } = await evaluate(predictor, test);
    expect(utterances).toBe(raw.length);
    const none = loadTrainingData(files, { ...sourceOf('speaker'), kappa: 1 });
    await expect(
      train({ engine, files, out: 'prior-none', data: await none, settings: two }),
    ).rejects.toThrow('but the training data have none');
    const kappa = { ...two, features: { kappa: 3 } };
    await expect(
      train({ engine, files, out: 'prior-other', data: await load(), settings: kappa }),
    ).rejects.toThrow('features.kappa is 3, but the data were normalised with 1');
    predictor.destroy();
  });

  it('is not scored on features that were normalised otherwise', async () => {
    const predictor = await Predictor.load(engine, files, 'training');
    const plain = await loadTestData(files, sourceOf(), predictor.labels);
    await expect(evaluate(predictor, plain)).rejects.toThrow(UsageError);
    await expect(evaluate(predictor, plain)).rejects.toThrow(
      'the dataset was normalised by "utterance", the model\'s is "training"',
    );
    const { training } = await loadTrainingData(files, sourceOf('training'));
    const { normalisation } = await loadTrainingData(files, {
      ...sourceOf('training'),
      seed: 1,
    }).then((other) => other.training);
    await expect(
      evaluate(predictor, { ...training, ...(normalisation && { normalisation }) }),
    ).rejects.toThrow("normalised by other training data's statistics");
    predictor.destroy();
  });

  it('refuses sides that were not normalised alike', async () => {
    const { validation } = await loadTrainingData(files, sourceOf());
    const data = { ...(await loadTrainingData(files, sourceOf('speaker'))), validation };
    await expect(train({ engine, files, out: 'mixed', data, settings })).rejects.toThrow(
      'the validation side was normalised by "utterance"',
    );
  });

  it('from a model of another normalisation warns; from one of the same it does not', async () => {
    const linesFrom = async (initFrom: string): Promise<string[]> => {
      const lines: string[] = [];
      const own = new MemoryFiles();
      for (const path of files.paths()) await own.write(path, await files.read(path));
      const data = await loadTrainingData(own, sourceOf('training'));
      const log = (line: string) => void lines.push(line);
      await train({ engine, files: own, out: 'tuned', data, settings, initFrom, log });
      const { normalisation } = await readModel(own, 'tuned');
      expect(normalisation).toEqual(data.training.normalisation);
      return lines.filter((line) => line.startsWith('warning: '));
    };
    expect(await linesFrom('utterance')).toEqual([
      'warning: utterance was trained with features normalised by utterance, this run normalises ' +
        'by training: the weights have to adapt',
    ]);
    expect(await linesFrom('training')).toEqual([]);
  });
});
