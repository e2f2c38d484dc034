import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/core/errors.js';
import { readSafetensors } from '../../src/core/safetensors.js';
import { meanConfidence, thresholdOf, type ConfidenceByTask } from '../../src/model/confidence.js';
import { readModel, writeModel } from '../../src/model/folder.js';
import { isNonCommercial, licenseText } from '../../src/model/license.js';
import { MemoryFiles } from '../support/memory-files.js';
import { roundToHalves } from '../support/half.js';
import { tinyModel } from './tiny-model.js';

const confidence: ConfidenceByTask = {
  emotion: {
    threshold: 0.55,
    measured: [
      { recordings: 1, coverage: 0.5, accuracy: 0.75 },
      { recordings: 10, coverage: 0.75, accuracy: 0.875 },
    ],
  },
};
const license = 'CC-BY-NC-SA-4.0';

async function configOf(files: MemoryFiles): Promise<Record<string, unknown>> {
  const text = new TextDecoder().decode(await files.read('m/config.json'));
  return JSON.parse(text) as Record<string, unknown>;
}

describe('licence and confidence in a model folder', () => {
  it('come back as they were written', async () => {
    const files = new MemoryFiles();
    const trained = { ...tinyModel(), license, confidence };
    await writeModel(files, 'm', trained);
    expect(await readModel(files, 'm')).toEqual(trained);
    expect(await configOf(files)).toMatchObject({ format: 'alstm-model-1', license, confidence });
  });

  it('are absent where a model has none', async () => {
    const files = new MemoryFiles();
    await writeModel(files, 'm', tinyModel());
    expect(Object.keys(await configOf(files))).toEqual(
      ['format', 'model', 'labels', 'features', 'provenance'], // as ever
    );
    expect(await readModel(files, 'm')).toEqual(tinyModel());
  });

  it.each([
    ['license', '', 'm/config.json: license is "", expected an SPDX id such as "CC-BY-4.0"'],
    ['license', 'mit\nx: y', 'license is "mit\\nx: y", expected an SPDX id'],
    ['license', 7, 'license is 7, expected an SPDX id'],
    ['confidence', [], 'confidence is [], expected an object'],
    [
      'confidence',
      { emotion: { ...confidence['emotion'], threshold: 1 } },
      'confidence.emotion.threshold is 1, expected a number above 0 and below 1',
    ],
    [
      'confidence',
      { emotion: { threshold: 0.5, measured: [{ recordings: 1, coverage: 2, accuracy: 1 }] } },
      'confidence.emotion.measured[0].coverage is 2, expected a number from 0 to 1',
    ],
    [
      'confidence',
      { age: confidence['emotion'] },
      'm/config.json: confidence has the task "age", for which the model gives no label',
    ],
    [
      'confidence',
      { constructor: confidence['emotion'] },
      'confidence has the task "constructor", for which the model gives no label',
    ],
  ])('refuses %s = %j', async (key, value, message) => {
    const files = new MemoryFiles();
    await writeModel(files, 'm', tinyModel());
    await files.write(
      'm/config.json',
      JSON.stringify({ ...(await configOf(files)), [key]: value }),
    );
    await expect(readModel(files, 'm')).rejects.toThrow(ConfigError);
    await expect(readModel(files, 'm')).rejects.toThrow(message);
  });

  it('are not written where they could not be read', async () => {
    const files = new MemoryFiles();
    const own = confidence['emotion']!;
    for (const wrong of [
      { license: 'a licence of my own' },
      { confidence: { emotion: { ...own, threshold: NaN } } },
      { confidence: { age: own } },
    ]) {
      await expect(writeModel(files, 'm', { ...tinyModel(), ...wrong })).rejects.toThrow(
        ConfigError,
      );
    }
    expect(files.paths()).toEqual([]);
  });
});

describe('thresholds', () => {
  it('are those of their task', () => {
    expect(thresholdOf(confidence, 'emotion')).toBe(0.55);
    expect(thresholdOf(confidence, 'gender')).toBeUndefined();
    expect(thresholdOf(confidence, 'constructor')).toBeUndefined();
    expect(thresholdOf(undefined, 'emotion')).toBeUndefined();
  });

  it('of several models are their mean, where each has one', () => {
    const other = { emotion: { threshold: 0.75, measured: [] } };
    const both = { ...confidence, gender: { threshold: 0.9, measured: [] } };
    const mean = { emotion: { threshold: 0.65, measured: [] } };
    expect(meanConfidence([both, other])).toEqual(mean);
    expect(meanConfidence([other, both])).toEqual(mean);
    expect(meanConfidence([both, undefined])).toBeUndefined();
    expect(meanConfidence([undefined, both])).toBeUndefined();
  });
});

describe('a model in half precision', () => {
  it('has the same configuration, half the weights, and each of them the nearest half', async () => {
    const files = new MemoryFiles();
    const trained = tinyModel();
    await writeModel(files, 'm', trained);
    await writeModel(files, 'h', trained, { precision: 'f16' });
    expect(await files.read('h/config.json')).toEqual(await files.read('m/config.json'));
    const { tensors } = readSafetensors(await files.read('h/model.safetensors'));
    const { parameters } = await readModel(files, 'h');
    for (const [name, { shape, data }] of Object.entries(trained.parameters)) {
      expect(tensors.get(name)?.dtype).toBe('F16');
      expect(parameters[name]).toEqual({ shape, data: roundToHalves(data) });
    }
  });

  it('is refused where a weight is too large', async () => {
    const files = new MemoryFiles();
    const trained = tinyModel();
    const bias = { shape: [8], data: new Float32Array(8).fill(7e4) };
    const parameters = { ...trained.parameters, 'frontend.bias': bias };
    await expect(
      writeModel(files, 'm', { ...trained, parameters }, { precision: 'f16' }),
    ).rejects.toThrow('tensor "frontend.bias": element 0 is 70000, too large for f16');
    expect(files.paths()).toEqual([]);
  });
});

describe('licences', () => {
  it('are non-commercial by their name, and written as people write them', () => {
    expect(['CC-BY-NC-SA-4.0', 'CC-BY-NC-4.0'].every(isNonCommercial)).toBe(true);
    expect(['CC-BY-4.0', 'MIT', 'NCSA', undefined].some(isNonCommercial)).toBe(false);
    expect(licenseText('CC-BY-NC-SA-4.0')).toBe('CC BY-NC-SA 4.0');
    expect(licenseText('Apache-2.0')).toBe('Apache-2.0');
  });
});
