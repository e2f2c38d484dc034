import { describe, expect, it } from 'vitest';
import { lastRecurrent } from '../../src/core/layers.js';
import { AlstmError, ConfigError, FileError, FormatError } from '../../src/core/errors.js';
import { readSafetensors, writeSafetensors } from '../../src/core/safetensors.js';
import type { HostTensor } from '../../src/core/tensor.js';
import { readModel, writeModel } from '../../src/model/folder.js';
import { randomParameters } from '../support/network.js';
import { diskFull, MemoryFiles } from '../support/memory-files.js';
import { tinyModel } from './tiny-model.js';

const trained = tinyModel();

async function written(): Promise<MemoryFiles> {
  const files = new MemoryFiles();
  await writeModel(files, 'm', trained);
  return files;
}

/** A model folder whose config.json has one field replaced (undefined: removed). */
async function withField(path: string, value: unknown): Promise<MemoryFiles> {
  const files = await written();
  const text = new TextDecoder().decode(await files.read('m/config.json'));
  const json = JSON.parse(text) as Record<string, unknown>;
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  const inner = keys.reduce((object, key) => object[key] as Record<string, unknown>, json);
  inner[last] = value;
  await files.write('m/config.json', JSON.stringify(json));
  return files;
}

/** A model folder whose tensors are changed. */
async function withTensors(
  change: (tensors: Record<string, HostTensor>) => void,
): Promise<MemoryFiles> {
  const files = await written();
  const tensors = { ...trained.parameters };
  change(tensors);
  await files.write('m/model.safetensors', writeSafetensors(tensors));
  return files;
}

async function refusal(files: MemoryFiles): Promise<AlstmError> {
  const error: unknown = await readModel(files, 'm').then(
    () => new Error('accepted'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(AlstmError);
  return error as AlstmError;
}

describe('model folder', () => {
  it('gives back what was written, in the two files of the format', async () => {
    const files = await written();
    expect(files.paths()).toEqual(['m/config.json', 'm/model.safetensors']);
    expect(await readModel(files, 'm')).toEqual(trained);
    const text = new TextDecoder().decode(await files.read('m/config.json'));
    expect(JSON.parse(text)).toMatchObject({
      format: 'alstm-model-1',
      features: { rate: 16000, window: 400, hop: 160, normalisation: 'utterance' },
    });
    const { tensors } = readSafetensors(await files.read('m/model.safetensors'));
    expect(tensors.get('recurrent.backward.weight_hh')?.shape).toEqual([16, 4]);
  });

  const statistics = {
    mean: Array.from({ length: 36 }, (_, i) => Math.sin(i) / 3),
    deviation: Array.from({ length: 36 }, (_, i) => i / 7),
  };

  it.each([
    { scope: 'utterance' },
    { scope: 'speaker' },
    { scope: 'training', statistics },
  ] as const)('keeps the normalisation by $scope, to the bit', async (normalisation) => {
    const files = new MemoryFiles();
    await writeModel(files, 'm', { ...trained, normalisation });
    expect((await readModel(files, 'm')).normalisation).toEqual(normalisation);
  });

  it('without a normalisation is one by utterance', async () => {
    const { model, labels, provenance, parameters } = trained;
    const older = { model, labels, provenance, parameters };
    const files = new MemoryFiles();
    await writeModel(files, 'm', older);
    expect((await readModel(files, 'm')).normalisation).toEqual({ scope: 'utterance' });
    const read = await readModel(await withField('features.normalisation', undefined), 'm');
    expect(read).toEqual(trained);
  });

  it('is an alstm-model-2 where it pools deviations or has a branch for functionals', async () => {
    const { features, heads, dropout } = trained.model;
    const recurrent = lastRecurrent(trained.model);
    for (const changes of [
      { pooling: 'attention+deviation' },
      { pooling: 'mean', functionals: { units: 3, scope: 'functionals' } },
    ] as const) {
      const { frontend = { units: 4 } } = trained.model;
      const { cell, units, bidirectional, offsets, period } = recurrent;
      const two = { frontend, recurrent: { cell, units, bidirectional, offsets, period } };
      const model = { features, ...two, ...changes, heads, dropout };
      const own = { ...trained, model, parameters: randomParameters(model) };
      const files = new MemoryFiles();
      await writeModel(files, 'm', own);
      const json = JSON.parse(
        new TextDecoder().decode(await files.read('m/config.json')),
      ) as unknown;
      expect(json).toMatchObject({ format: 'alstm-model-2', model: changes });
      expect(await readModel(files, 'm')).toEqual(own);
    }
  });

  it('is found in a run folder', async () => {
    const files = new MemoryFiles({ 'run/config.json': '{"format":"alstm-run-1"}' });
    await expect(readModel(files, 'run')).rejects.toThrow('there is no model in run');
    await writeModel(files, 'run/model', trained);
    expect(await readModel(files, 'run')).toEqual(trained);
  });

  it.each([
    [
      'format',
      'alstm-model-9',
      FormatError,
      'm/config.json: format "alstm-model-9", expected "alstm-',
    ],
    [
      'format',
      'alstm-model-2',
      ConfigError,
      'm/config.json: features.set is missing, expected a non-empty string',
    ],
    ['features.set', 'prosody36', ConfigError, 'm/config.json: features: unknown key "set"'],
    [
      'format',
      undefined,
      FormatError,
      'm/config.json: format is missing, expected "alstm-model-1"',
    ],
    ['extra', 1, ConfigError, 'm/config.json: unknown key "extra"'],
    ['model.recurrent.cell', 'rnn', ConfigError, 'm/config.json: model.recurrent.cell is "rnn"'],
    [
      'model.features',
      40,
      ConfigError,
      'm/config.json: model.features is 40, expected 36, as in prosody36',
    ],
    [
      'features.hop',
      80,
      ConfigError,
      'm/config.json: features.hop is 80, expected 160, as in prosody36',
    ],
    [
      'features.normalisation',
      'corpus',
      ConfigError,
      'normalisation is "corpus", expected one of "utterance", "speaker", "training"',
    ],
    [
      'features.normalisation',
      'training',
      ConfigError,
      'm/config.json: features.statistics is missing for the normalisation "training"',
    ],
    ['features', undefined, ConfigError, 'm/config.json: features is missing, expected an object'],
    ['labels.emotion', ['a', 'b'], ConfigError, 'labels.emotion has 2 labels for 3 classes'],
    ['labels.emotion', ['b', 'a', 'c'], ConfigError, 'labels.emotion is not sorted by code point'],
    ['labels.emotion', ['a', 'a', 'c'], ConfigError, 'labels.emotion is not sorted by code point'],
    ['labels.gender', undefined, ConfigError, 'labels.gender is missing, but the model has a head'],
    ['labels.age', ['old'], ConfigError, 'labels.age has no head in the model'],
    [
      'provenance.seed',
      -1,
      ConfigError,
      'provenance.seed is -1, expected an integer of at least 0',
    ],
    ['model.recurrent.units', 5, ConfigError, 'has shape [16, 8], expected [20, 8]'],
  ])('refuses %s = %j', async (path, value, kind, message) => {
    const error = await refusal(await withField(path, value));
    expect(error).toBeInstanceOf(kind);
    expect(error.message).toContain(message);
    expect(error.message).not.toContain('\n');
    expect(error.hint).not.toBe('');
  });

  it('refuses numbers that no training side has given', async () => {
    for (const [value, message] of [
      [
        statistics,
        'm/config.json: features.statistics does not belong to the normalisation "utter',
      ],
      [
        { ...statistics, mean: [1] },
        'features.statistics.mean is [1], expected a list of 36 numbers',
      ],
      [
        { ...statistics, deviation: statistics.deviation.with(3, -1) },
        'features.statistics.deviation[3] is -1, expected a number of at least 0',
      ],
    ] as const) {
      const error = await refusal(await withField('features.statistics', value));
      expect(error).toBeInstanceOf(ConfigError);
      expect(error.message).toContain(message);
    }
  });

  it('names the version as the reason where only that differs', async () => {
    expect((await refusal(await withField('format', 'alstm-model-9'))).hint).toMatch(/version/);
    expect((await refusal(await withField('format', 'other'))).hint).not.toMatch(/version/);
  });

  it('refuses weights that are not the model’s', async () => {
    const missing = await withTensors((tensors) => delete tensors['pooling.attention']);
    expect((await refusal(missing)).message).toBe(
      'm/model.safetensors: tensor "pooling.attention" is missing',
    );
    const extra = await withTensors((tensors) => {
      tensors['heads.age.output.bias'] = { shape: [1], data: Float32Array.of(0) };
    });
    expect((await refusal(extra)).message).toContain('no parameter "heads.age.output.bias"');
    const integers = await withTensors((tensors) => {
      tensors['frontend.bias'] = { shape: [8], data: new Int32Array(8) };
    });
    expect((await refusal(integers)).message).toContain(
      'tensor "frontend.bias" is I32, expected F32',
    );
    const counter = await withTensors((tensors) => {
      tensors['batches'] = { shape: [1], data: new Int32Array(1) }; // before its dtype its name counts
    });
    expect((await refusal(counter)).message).toContain('no parameter "batches"');
    const nan = await withTensors((tensors) => {
      tensors['frontend.bias'] = { shape: [8], data: new Float32Array(8).fill(NaN) };
    });
    expect((await refusal(nan)).message).toContain('"frontend.bias": element 0 is NaN');
  });

  it('refuses a folder with one of the two files, or none', async () => {
    const files = await written();
    await files.remove('m/model.safetensors');
    expect((await refusal(files)).message).toBe('m has a config.json, but no model.safetensors');
    await files.remove('m/config.json');
    expect(await refusal(files)).toBeInstanceOf(FileError);
    await expect(readModel(new MemoryFiles(), 'm')).rejects.toThrow('there is no m');
  });

  it('cut off at any write, holds the old model, the new one, or none', async () => {
    const other = { ...tinyModel(4), labels: { ...trained.labels, gender: ['f', 'm'] } };
    for (let cut = 0; ; cut++) {
      const files = await written();
      let changes = 0;
      files.failOn((op, path) =>
        ['write', 'remove'].includes(op) && changes++ === cut ? diskFull(path) : undefined,
      );
      const failed = await writeModel(files, 'm', other).then(
        () => false,
        () => true,
      );
      files.failOn(() => undefined);
      if (!failed) {
        expect(cut).toBe(3);
        expect(await readModel(files, 'm')).toEqual(other);
        return;
      }
      const found = await readModel(files, 'm').catch((error: unknown) => error);
      if (cut === 0) expect(found).toEqual(trained);
      else expect(found).toBeInstanceOf(FileError);
    }
  });

  it('refuses to write what it would refuse to read', async () => {
    const files = new MemoryFiles();
    const wrong = { ...trained, labels: { emotion: ['a', 'b', 'c'] } };
    await expect(writeModel(files, 'm', wrong)).rejects.toThrow(ConfigError);
    const mean = statistics.mean.with(5, NaN);
    const broken = { scope: 'training', statistics: { ...statistics, mean } } as const;
    await expect(writeModel(files, 'm', { ...trained, normalisation: broken })).rejects.toThrow(
      'm: features.statistics.mean[5] is NaN, expected a number',
    );
    const { model } = trained;
    await expect(writeModel(files, 'm', { ...trained, model, parameters: {} })).rejects.toThrow(
      'm: tensor "frontend.weight" is missing',
    );
    expect(files.paths()).toEqual([]);
  });
});
