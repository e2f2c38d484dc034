import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigError, UsageError } from '../../src/core/errors.js';
import { parseJson } from '../../src/core/json.js';
import { readSafetensors } from '../../src/core/safetensors.js';
import { loadTestData, loadTrainingData, type DataSource } from '../../src/data/source.js';
import { preprocessorConfig } from '../../src/export/hugging-face.js';
import { sha256 } from '../../src/features/digest.js';
import { extractFeatures, extractSet } from '../../src/features/extract.js';
import type { FeatureSet } from '../../src/features/sets/feature-set.js';
import {
  defaultFeatureSet,
  featureSet,
  featureSetIds,
  registerFeatureSet,
} from '../../src/features/sets/registry.js';
import { featuresOfFile, featuresOfSamples } from '../../src/features/utterance.js';
import type { Engine } from '../../src/gpu/engine.js';
import { inspectUtterance } from '../../src/inference/inspector.js';
import { Predictor } from '../../src/inference/predictor.js';
import { StreamPredictor } from '../../src/inference/stream-predictor.js';
import { readModel, writeModel } from '../../src/model/folder.js';
import { openEngine } from '../../src/platform/node/engine.js';
import { cellData, loadExperimentData } from '../../src/experiments/experiment-data.js';
import { parseProtocol } from '../../src/experiments/protocol.js';
import { cardOfModel } from '../../src/runs/card.js';
import { readRunConfig } from '../../src/runs/folder.js';
import { evaluate } from '../../src/scoring/evaluate.js';
import { mergeSettings, parseRunSettings } from '../../src/runs/settings.js';
import { train } from '../../src/training/trainer.js';
import { corpusFiles } from '../data/corpus-files.js';
import { tinySettings } from '../data/synthetic.js';
import { tinyModel } from '../model/tiny-model.js';
import { testAdapter } from '../support/gpu.js';
import { MemoryFiles } from '../support/memory-files.js';
import { tinySet } from './tiny-set.js';

const tiny = tinySet();
registerFeatureSet(tiny);

const tone = Float32Array.from({ length: 1600 }, (_, n) => Math.sin(n ** 1.1 / 9));

describe('the registry of feature sets', () => {
  it('has the 36 as one of several', () => {
    expect(featureSetIds()).toEqual(expect.arrayContaining(['prosody36', 'tiny3']));
    expect(featureSet('prosody36')).toBe(defaultFeatureSet);
    expect(featureSet('tiny3')).toBe(tiny);
    expect(() => registerFeatureSet(tiny)).not.toThrow();
  });

  it('names what is there for a set that is not', () => {
    expect(() => featureSet('voice99', 'm/config.json: features.set')).toThrow(
      /^m\/config\.json: features\.set is "voice99", known are prosody36, (.+, )*tiny3/,
    );
    expect(() => parseRunSettings({ features: { set: 'voice99' } }, 'c.json')).toThrow(ConfigError);
  });

  it.each<[Partial<FeatureSet>, string]>([
    [
      { id: 'a b' },
      'the feature set "a b" cannot be added: its id has characters other than letters, digits',
    ],
    [
      { id: 'prosody36' },
      'the feature set "prosody36" cannot be added: there is another one with this',
    ],
    [{ id: 'x', dimensions: 4 }, 'it has 3 names for 4 dimensions'],
    [{ id: 'x', names: ['a', 'b', 'a'] }, 'two of its names are the same'],
    [{ id: 'x', hop: 0.5 }, 'its hop is 0.5, expected an integer of at least 1'],
  ])('refuses %j', (change, message) => {
    expect(() => registerFeatureSet(tinySet(change))).toThrow(UsageError);
    expect(() => registerFeatureSet(tinySet(change))).toThrow(message);
  });
});

describe('features of a set', () => {
  it('are of prosody36 what extractFeatures gives at once', async () => {
    expect(await extractSet(defaultFeatureSet, tone, 'x')).toEqual(extractFeatures(tone));
  });

  it('are normalised a column each, and resampled to what the set takes', async () => {
    const { frames, features, normalised } = await featuresOfSamples(tone, 16_000, 'x', tiny);
    expect([frames, features.length, normalised.length]).toEqual([7, 21, 21]);
    for (const column of [0, 1, 2]) {
      const values = normalised.filter((_, i) => i % 3 === column);
      expect(values.reduce((sum, x) => sum + x, 0)).toBeCloseTo(0, 5);
    }
  });

  it.each<[Partial<FeatureSet>, string]>([
    [
      { extract: () => Promise.resolve(new Float32Array(20)) },
      'returns 20 numbers, expected [15, 3]',
    ],
    [
      { extract: () => Promise.resolve(new Float32Array(45).fill(NaN, 7)) },
      'x: the feature set tiny3 returns NaN for crossings at frame 2',
    ],
    [{ frames: () => 0 }, 'x: 1600 samples at 8 kHz are less than one frame of 200'],
  ])('are refused where they are no matrix', async (change, message) => {
    await expect(extractSet(tinySet(change), tone, 'x')).rejects.toThrow(message);
  });

  it('are kept by a key of the set and its version; that of prosody36 is as it always was', async () => {
    const files = new MemoryFiles(corpusFiles(1));
    const keyOf = async (key: unknown) =>
      `cache/features/${await sha256(new TextEncoder().encode(JSON.stringify(key)))}.safetensors`;
    const digest = await sha256(await files.read('ann-0.wav'));
    const settings = { rate: 16000, window: 400, hop: 160, normalisation: 'utterance' };
    await featuresOfFile(files, 'ann-0.wav', { cache: 'cache' });
    const first = await keyOf({ version: 2, settings, digest });
    expect(files.paths().filter((path) => path.startsWith('cache'))).toEqual([first]);

    const entries = new Set([first]);
    for (const set of [tiny, tinySet({ version: 2 }), tinySet({ id: 'tiny-b' })]) {
      const options = { cache: 'cache', featureSet: set };
      const computed = await featuresOfFile(files, 'ann-0.wav', options);
      const [added = '', ...more] = files
        .paths()
        .filter((path) => path.startsWith('cache') && !entries.has(path));
      expect(more).toEqual([]);
      expect(readSafetensors(await files.read(added)).tensors.get('features')?.shape).toEqual([
        computed.frames,
        3,
      ]);
      entries.add(added);
      expect(await featuresOfFile(files, 'ann-0.wav', options)).toEqual(computed);
    }
    expect(entries.size).toBe(4);
  });
});

describe('a model on features of its own', () => {
  const source: DataSource = {
    corpus: 'manifest',
    path: 'manifest.csv',
    features: 'tiny3',
    seed: 0,
  };
  const settings = mergeSettings(tinySettings, {
    model: { heads: [{ task: 'emotion', hidden: 8 }] },
    training: { epochs: 2 },
  });
  const files = new MemoryFiles(corpusFiles(4));
  let engine: Engine;

  beforeAll(async () => {
    engine = await openEngine({ adapter: testAdapter() });
    const data = await loadTrainingData(files, source, { cache: 'cache' });
    await train({ engine, files, out: 'run', data, settings });
  }, 120_000);
  afterAll(() => engine.close());

  const configOf = async (path: string): Promise<Record<string, unknown>> =>
    parseJson(new TextDecoder().decode(await files.read(path)), path) as Record<string, unknown>;

  it('names them in the folders of run and model', async () => {
    expect(await configOf('run/config.json')).toMatchObject({
      features: { set: 'tiny3' },
      data: { source: { features: 'tiny3' } },
      model: { features: 3 },
    });
    const config = await configOf('run/model/config.json');
    expect(config['format']).toBe('alstm-model-2');
    expect(config['features']).toEqual({
      set: 'tiny3',
      trimDb: null,
      rate: 8000,
      window: 200,
      hop: 100,
      normalisation: 'utterance',
    });
    const { metadata } = readSafetensors(await files.read('run/model/model.safetensors'));
    expect(metadata['format']).toBe('alstm-model-2');
  });

  it('predicts recordings, streams and inspects by them', async () => {
    const trained = await readModel(files, 'run');
    expect(trained.featureSet).toBe(tiny);
    const predictor = await Predictor.load(engine, files, 'run');
    const { seconds, normalised, frames } = await featuresOfFile(files, 'cid-0.wav', {
      featureSet: tiny,
    });
    const whole = await predictor.predictFile(files, 'cid-0.wav', { cache: 'cache' });
    expect([whole.seconds, whole.attention.length]).toEqual([seconds, frames]);
    const [own] = await predictor.predictFeatures([normalised], { normalised: true });
    expect(own?.tasks).toEqual(whole.tasks);
    expect(own?.seconds).toBe(((frames - 1) * 100 + 200) / 8000);
    const inspection = await inspectUtterance(engine, trained, normalised);
    expect(inspection.attention).toHaveLength(frames);

    const ends: number[] = [];
    const stream = new StreamPredictor(predictor, {
      onPrediction: ({ end }) => ends.push(end),
      onError: (error) => expect.fail(String(error)),
    });
    stream.push(new Float32Array(8000).map((_, n) => Math.sin(n)));
    await stream.idle();
    expect(ends).toEqual([1]); // of the set's own rate
    predictor.destroy();
  });

  it('is scored on them, and on no others', async () => {
    const predictor = await Predictor.load(engine, files, 'run');
    const { labels, featureSet: own } = predictor;
    const { utterances } = await evaluate(
      predictor,
      await loadTestData(files, source, labels, { featureSet: own }),
    );
    expect(utterances).toBe(4);
    const other = await loadTestData(files, source, labels);
    await expect(evaluate(predictor, other)).rejects.toThrow(
      'the dataset holds features of the set prosody36, the model expects tiny3',
    );
    predictor.destroy();
  });

  it('goes on where it was ended, on the same features', async () => {
    const config = await readRunConfig(files, 'run');
    const data = await loadTrainingData(files, config.data.source ?? source);
    const again = { engine, files, out: 'run', data, resume: true };
    expect((await train(again)).log).toHaveLength(2);
    const named = (set: string) => train({ ...again, settings: { features: { set } } });
    await expect(named('tiny3')).resolves.toBeDefined();
    await expect(named('prosody36')).rejects.toThrow(
      'run was started with features.set "tiny3", now it is "prosody36"',
    );
  });

  it.each(['speaker', 'training'] as const)('may be normalised by %s', async (normalise) => {
    const { training } = await loadTrainingData(files, { ...source, normalise });
    expect(training.featureSet).toBe(tiny);
    for (const column of [0, 1, 2]) {
      const rows = await training.read([...training.lengths.keys()]);
      const own = rows.flatMap((matrix) => [...matrix].filter((_, i) => i % 3 === column));
      const mean = own.reduce((sum, x) => sum + x, 0) / own.length;
      expect(Math.abs(mean)).toBeLessThan(normalise === 'training' ? 1e-5 : 0.2);
    }
  });

  it('is what an experiment compares where its settings name the set', async () => {
    const protocol = parseProtocol(
      {
        format: 'alstm-protocol-1',
        name: 'tiny',
        corpus: { format: 'manifest' },
        split: { kind: 'leave-one-speaker-out' },
        settings: { features: { set: 'tiny3' } },
        cells: [{ name: 'lstm' }],
        seeds: [0],
      },
      'protocol.json',
    );
    const data = await loadExperimentData(files, protocol, 'manifest.csv', {});
    const { source: own, items } = cellData(data, protocol.cells[0]!);
    expect(own).toMatchObject({ features: 'tiny3' });
    const { normalised } = await featuresOfFile(files, 'ann-0.wav', { featureSet: tiny });
    expect(await items[0]?.read('normalised')).toEqual(normalised);
  });

  it('says so in its card', async () => {
    expect(cardOfModel('tiny', await readModel(files, 'run'))).toMatch(/features \| tiny3/);
    expect(cardOfModel('usual', tinyModel())).not.toMatch(/features \|/);
  });

  it('is not trained where settings and data differ, and tells where it starts from another', async () => {
    const data = await loadTrainingData(files, { ...source, features: 'prosody36' });
    const wrong = mergeSettings(settings, { features: { set: 'tiny3' } });
    const options = { engine, files, out: 'other', data };
    await expect(train({ ...options, settings: wrong })).rejects.toThrow(
      'features.set is "tiny3", but the data contain prosody36 features',
    );
    const lines: string[] = [];
    const log = (line: string): void => void lines.push(line);
    const short = mergeSettings(settings, { training: { epochs: 1 } });
    await train({ ...options, settings: short, initFrom: 'run', log });
    expect(lines).toContain('warning: run was trained on tiny3 features, this run uses prosody36');
    expect((await configOf('other/model/config.json'))['format']).toBe('alstm-model-1');
    expect(await configOf('other/config.json')).not.toHaveProperty('features');
  });

  const changed = async (path: string, change: (config: Record<string, unknown>) => unknown) => {
    const copy = new MemoryFiles();
    for (const name of [
      'run/config.json',
      'run/model/config.json',
      'run/model/model.safetensors',
    ]) {
      await copy.write(name, await files.read(name));
    }
    await copy.write(path, JSON.stringify(change(await configOf(path))));
    return copy;
  };

  it.each([
    [
      { features: { set: 'voice99' } },
      /^run\/model\/config\.json: features\.set is "voice99", known are prosody36, /,
    ],
    [
      { features: { trimDb: -40 } },
      'run/model/config.json: features.trimDb is -40, expected a number of at least 0',
    ],
    [{ features: { hop: 160 } }, 'features.hop is 160, expected 100, as in tiny3'],
    [{ model: { features: 36 } }, 'model.features is 36, expected 3, as in tiny3'],
  ] as const)('is refused with %j', async (own, message) => {
    const copy = await changed('run/model/config.json', (config) =>
      Object.fromEntries(
        Object.entries(config).map(([key, value]) => [
          key,
          typeof value === 'object' ? { ...value, ...(own as Record<string, object>)[key] } : value,
        ]),
      ),
    );
    await expect(readModel(copy, 'run')).rejects.toThrow(ConfigError);
    await expect(readModel(copy, 'run')).rejects.toThrow(message);
  });

  it('is refused by its run where the set is not known', async () => {
    const copy = await changed('run/config.json', (config) => ({
      ...config,
      features: { set: 'voice99' },
    }));
    await expect(readRunConfig(copy, 'run')).rejects.toThrow(
      /^run\/config\.json: features\.set is "voice99", known are prosody36/,
    );
  });
});

it('alstm-model-2 may name prosody36 too', async () => {
  const files = new MemoryFiles();
  const trained = tinyModel();
  await writeModel(files, 'm', trained);
  const text = new TextDecoder().decode(await files.read('m/config.json'));
  const named = text
    .replace('alstm-model-1', 'alstm-model-2')
    .replace('"rate"', '"set": "prosody36", "trimDb": null, "rate"');
  await files.write('m/config.json', named);
  expect(await readModel(files, 'm')).toEqual(trained);
});

it('a model of another width than its set is not written', async () => {
  const trained = { ...tinyModel(), featureSet: tiny };
  await expect(writeModel(new MemoryFiles(), 'm', trained)).rejects.toThrow(
    'm: model.features is 36, expected 3, as in tiny3',
  );
});

it('exports say what a set is', () => {
  expect(preprocessorConfig({ featureSet: tiny })).toMatchObject({
    feature_set: 'tiny3',
    sampling_rate: 8000,
    frame_length: 200,
    hop_length: 100,
    feature_size: 3,
    feature_names: ['level', 'crossings', 'peak'],
  });
});
