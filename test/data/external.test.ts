import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ConfigError,
  CorpusError,
  FileError,
  FormatError,
  UsageError,
} from '../../src/core/errors.js';
import { parseJson } from '../../src/core/json.js';
import { readManifest, writeManifest } from '../../src/corpora/manifest.js';
import { loadTestData, loadTrainingData, type DataSource } from '../../src/data/source.js';
import { featureSet, registerExternalSet } from '../../src/features/sets/registry.js';
import { featuresOfFile } from '../../src/features/utterance.js';
import type { Engine } from '../../src/gpu/engine.js';
import { Predictor } from '../../src/inference/predictor.js';
import { readModel, writeModel } from '../../src/model/folder.js';
import { openEngine } from '../../src/platform/node/engine.js';
import { readRunConfig } from '../../src/runs/folder.js';
import { featureSource, mergeSettings } from '../../src/runs/settings.js';
import { evaluate } from '../../src/scoring/evaluate.js';
import { train } from '../../src/training/trainer.js';
import { testAdapter } from '../support/gpu.js';
import { MemoryFiles } from '../support/memory-files.js';
import { npy } from '../support/npy.js';
import { tinyModel } from '../model/tiny-model.js';
import { corpusFiles } from './corpus-files.js';
import { externalFiles, WIDTH } from './external-files.js';
import { tinySettings } from './synthetic.js';

const id = 'external:toy';
const plain: DataSource = { corpus: 'manifest', path: 'manifest.csv', seed: 0 };
const source: DataSource = { ...plain, features: id, hopMs: 20 };
const settings = mergeSettings(tinySettings, {
  model: { heads: [{ task: 'emotion', hidden: 8 }] },
  training: { epochs: 2 },
});

describe('a model of external features', () => {
  const files = new MemoryFiles(externalFiles());
  let engine: Engine;

  beforeAll(async () => {
    expect(() => featureSet(id)).toThrow('whose number of features is not known');
    engine = await openEngine({ adapter: testAdapter() });
    const data = await loadTrainingData(files, source, { cache: 'cache' });
    await train({ engine, files, out: 'run', data, settings });
  }, 120_000);
  afterAll(() => engine.close());

  it('is trained without recordings, and nothing is put into the cache', async () => {
    expect(featureSet(id)).toMatchObject({ dimensions: WIDTH, external: true });
    expect(files.paths().filter((path) => path.startsWith('cache'))).toEqual([]);
    const run = await readRunConfig(files, 'run');
    expect(run).toMatchObject({
      features: { set: id },
      data: { source: { features: id, hopMs: 20 } },
      model: { features: WIDTH },
    });
    const { training } = await loadTrainingData(files, source);
    const own = await featuresOfFile(files, 'features/ann-1.safetensors', {
      featureSet: featureSet(id),
    });
    const row = training.paths.indexOf('ann-1.wav');
    expect([...(await training.read([row]))[0]!]).toEqual([...own.normalised]);
    expect(own.seconds).toBeCloseTo(own.frames * 0.02, 10);
    const { dimensions: F } = featureSet(id);
    for (let f = 0; f < F; f++) {
      const column = own.normalised.filter((_, i) => i % F === f);
      expect(column.reduce((sum, x) => sum + x, 0)).toBeCloseTo(0, 4);
    }
  });

  it('names them in its folder, with all that they are', async () => {
    const text = new TextDecoder().decode(await files.read('run/model/config.json'));
    expect(parseJson(text, 'x')).toMatchObject({
      format: 'alstm-model-2',
      features: { set: id, dimensions: WIDTH, rate: 16_000, window: 320, hop: 320 },
    });
    expect((await readModel(files, 'run')).featureSet).toBe(featureSet(id));
  });

  it('is known by its folder alone', async () => {
    const other = new MemoryFiles();
    const set = registerExternalSet('external:alone', { dimensions: 36, hopMs: 12.5 }, 'x');
    await writeModel(other, 'm', { ...tinyModel(), featureSet: set });
    const text = new TextDecoder().decode(await other.read('m/config.json'));
    await other.write('m/config.json', text.replace('external:alone', 'external:unseen'));
    const { featureSet: read } = await readModel(other, 'm');
    expect(read).toMatchObject({ id: 'external:unseen', dimensions: 36, hop: 200, rate: 16_000 });
    for (const [from, to, message] of [
      ['"hop": 200', '"hop": 0', 'features.hop is 0, expected an integer'],
      ['"dimensions": 36', '"dimensions": "x"', 'features.dimensions is "x", expected'],
      [
        '"dimensions": 36',
        '"dimensions": 35',
        'external:alone has 35 features every 12.5 ms, but 36',
      ],
    ] as const) {
      await other.write('m/config.json', text.replace(from, to));
      await expect(readModel(other, 'm')).rejects.toThrow(ConfigError);
      await expect(readModel(other, 'm')).rejects.toThrow(message);
    }
  });

  it('predicts files of features, and is scored on them', async () => {
    const predictor = await Predictor.load(engine, files, 'run');
    const { frames } = await featuresOfFile(files, 'features/cid-0.npy', {
      featureSet: featureSet(id),
    });
    const { seconds, attention } = await predictor.predictFile(files, 'features/cid-0.npy');
    expect(attention).toHaveLength(frames);
    expect(seconds).toBeCloseTo(frames * 0.02, 10);
    await expect(predictor.predictSamples(new Float32Array(16_000))).rejects.toThrow(
      'samples: external:toy features cannot be computed from sound',
    );
    const own = { featureSet: predictor.featureSet };
    const { utterances } = await evaluate(
      predictor,
      await loadTestData(files, plain, predictor.labels, own),
    );
    expect(utterances).toBe(4);
    predictor.destroy();
  });

  it('goes on where it was ended; not on other features', async () => {
    const { source: begun } = (await readRunConfig(files, 'run')).data;
    const data = await loadTrainingData(files, begun!);
    expect((await train({ engine, files, out: 'run', data, resume: true })).log).toHaveLength(2);
    const changed = new MemoryFiles(externalFiles());
    await changed.write('features/ann-0.npy', npy(new Float32Array(3 * WIDTH).fill(1), 3, WIDTH));
    const other = await loadTrainingData(changed, begun!);
    await expect(train({ engine, files, out: 'run', data: other, resume: true })).rejects.toThrow(
      'the training data differ from those that run was started with',
    );
  });
});

describe('external features', () => {
  const load = (
    change: Record<string, Uint8Array | string>,
    own: Partial<DataSource> = {},
    options: { readonly featureMemory?: number } = {},
  ) =>
    loadTrainingData(
      new MemoryFiles({ ...externalFiles(), ...change }),
      { ...source, ...own },
      options,
    );
  const manifest = externalFiles()['manifest.csv'] as string;

  it('are read from their files again where they do not fit into memory', async () => {
    const files = new MemoryFiles(externalFiles());
    const all = await loadTrainingData(files, source);
    const few = await loadTrainingData(
      files,
      { ...source, normalise: 'training' },
      { featureMemory: 0 },
    );
    const { training } = await loadTrainingData(files, source, { featureMemory: 0 });
    const rows = [...training.lengths.keys()];
    expect(await training.read(rows)).toEqual(await all.training.read(rows));
    await files.write('features/ann-0.npy', npy(new Float32Array(3 * WIDTH).fill(1), 3, WIDTH));
    const row = few.training.paths.indexOf('ann-0.wav');
    await expect(few.training.read([row])).rejects.toThrow(FileError);
    await expect(few.training.read([row])).rejects.toThrow(
      'features/ann-0.npy holds other features than when it was read before',
    );
  });

  it('of another width name the file', async () => {
    const change = { 'features/bob-0.npy': npy(new Float32Array(8), 2, 4) };
    await expect(load(change)).rejects.toThrow(FormatError);
    await expect(load(change)).rejects.toThrow(
      'features/bob-0.npy has 4 features per frame, expected 5, as in the others of external:toy',
    );
  });

  it('that are damaged name the file', async () => {
    await expect(load({ 'features/bob-0.npy': 'nothing' })).rejects.toThrow(
      'features/bob-0.npy: not a .npy file',
    );
    const nan = npy(new Float32Array(10).fill(NaN, 7), 2, 5);
    await expect(load({ 'features/bob-0.npy': nan })).rejects.toThrow(
      'features/bob-0.npy: feature 3 of frame 1 is NaN',
    );
  });

  it.each<[string, Record<string, string>, string]>([
    [
      'without a column',
      { 'manifest.csv': 'path,emotion,speaker,gender\nmanifest.csv,a,b,c\n' },
      'manifest.csv, line 2: no features file is named',
    ],
    [
      'with an empty cell',
      { 'manifest.csv': manifest.replace('features/ann-1.safetensors', '') },
      'manifest.csv, line 3: no features file is named',
    ],
    [
      'with a missing file',
      { 'manifest.csv': manifest.replace('ann-1.safe', 'ann-9.safe') },
      'manifest.csv, line 3: features/ann-9.safetensors does not exist',
    ],
    [
      'with a file outside',
      { 'manifest.csv': manifest.replace('features/ann-1', '../ann-1') },
      'line 3: "../ann-1.safetensors" is outside the manifest\'s folder',
    ],
  ])('of a manifest %s are refused', async (_, change, message) => {
    await expect(load(change)).rejects.toThrow(CorpusError);
    await expect(load(change)).rejects.toThrow(message);
  });

  it('need a manifest', async () => {
    const emodb = new MemoryFiles({ 'wav/03a01Wa.wav': corpusFiles(1)['ann-0.wav']! });
    await expect(
      loadTrainingData(emodb, { corpus: 'emodb', path: 'wav', features: id, seed: 0 }),
    ).rejects.toThrow(
      'the emodb corpus names no file with external:toy features of wav/03a01Wa.wav',
    );
  });

  it('have one hop; computed ones have none', async () => {
    await expect(load({}, { hopMs: 10 })).rejects.toThrow(
      'external:toy has 5 features every 10 ms, but 5 features every 20 ms before',
    );
    const own = { hopMs: 10, features: 'voice20' };
    await expect(load({}, own)).rejects.toThrow(UsageError);
    await expect(load({}, own)).rejects.toThrow('a hop of 10 ms was given, but the features are');
    await expect(load({}, { features: 'external:tiny-hop', hopMs: 0.01 })).rejects.toThrow(
      'the hop of external:tiny-hop is 0.01 ms',
    );
  });

  it('are not read for a set that is computed: it wants the recordings', async () => {
    const files = new MemoryFiles(externalFiles());
    await expect(loadTrainingData(files, { ...plain, features: 'voice20' })).rejects.toThrow(
      'ann-0.wav does not exist',
    );
  });

  it('are neither trimmed nor played at other speeds', async () => {
    await expect(load({}, { trimDb: 40 })).rejects.toThrow(UsageError);
    await expect(load({}, { trimDb: 40 })).rejects.toThrow(
      'external:toy features cannot be trimmed: the sound is not read',
    );
    await expect(load({}, { trimDb: null })).resolves.toBeDefined();
    await expect(load({}, { speeds: [0.9] })).rejects.toThrow(
      'external:toy features have no copies at other speeds',
    );
    expect(featureSource({ features: { set: id, hopMs: 20 } }, 'x')).toEqual({
      features: id,
      hopMs: 20,
      normalise: 'speaker',
      kappa: 1,
    });
  });

  it('stay in a manifest that is written again', async () => {
    const files = new MemoryFiles(externalFiles());
    const { utterances } = await readManifest(files, 'manifest.csv', { featureFiles: true });
    await writeManifest(files, 'again.csv', utterances);
    const again = await readManifest(files, 'again.csv', { featureFiles: true });
    expect(again.utterances).toEqual(utterances);
    expect(utterances[0]).toMatchObject({ path: 'ann-0.wav', features: 'features/ann-0.npy' });
  });
});
