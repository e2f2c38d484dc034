import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/core/errors.js';
import { initialParameters } from '../../src/network/init.js';
import { parseModelConfig, parseOptimizerConfig } from '../../src/network/model-config.js';
import { presetModel } from '../../src/model/presets.js';
import { parameterCount } from '../../src/network/parameters.js';

const model = presetModel('alstm-1', { emotion: 4, speaker: 8, gender: 2 });

/** The model as JSON with one field replaced (undefined: removed). */
function changed(path: string, value: unknown): unknown {
  const json = JSON.parse(JSON.stringify(model)) as Record<string, unknown>;
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  const inner = keys.reduce((object, key) => object[key] as Record<string, unknown>, json);
  inner[last] = value;
  return JSON.parse(JSON.stringify(json));
}

function refusal(path: string, value: unknown): ConfigError {
  try {
    parseModelConfig(changed(path, value), 'config.json', ['model']);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('accepted');
}

describe('parseModelConfig', () => {
  it('takes a preset through JSON unchanged, with optional fields too', () => {
    expect(parseModelConfig(JSON.parse(JSON.stringify(model)), 'x')).toEqual(model);
    const json = changed('heads.0.class_weights', [1, 2, 0.5, 1]);
    expect(parseModelConfig(json, 'x').heads[0]?.class_weights).toEqual([1, 2, 0.5, 1]);
  });

  it.each([
    [
      'recurrent.cell',
      'rnn',
      'recurrent.cell is "rnn", expected one of "lstm", "mean-lstm", "a-lstm", "gru", "a-gru"',
    ],
    [
      'recurrent.offsets',
      [3, 3],
      'recurrent.offsets is [3,3], expected a list of distinct integers',
    ],
    ['recurrent.offsets', [], 'recurrent.offsets is [], expected a list of distinct integers'],
    ['recurrent.offsets', [5, -1], 'recurrent.offsets[1] is -1, expected an integer of at least 1'],
    ['recurrent.period', 0, 'recurrent.period is 0, expected an integer of at least 1'],
    ['recurrent.units', 2.5, 'recurrent.units is 2.5, expected an integer of at least 1'],
    ['recurrent.units', undefined, 'recurrent.units is missing, expected an integer of at least 1'],
    ['recurrent.bidirectional', 'yes', 'recurrent.bidirectional is "yes", expected true or false'],
    ['heads.1.classes', 0, 'heads[1].classes is 0, expected an integer of at least 1'],
    [
      'heads.1.task',
      'emotion',
      'heads[1].task is "emotion", expected a task that no other head has',
    ],
    ['heads', [], 'heads is [], expected at least one head'],
    ['heads.0.class_weights', [1], 'heads[0].class_weights is [1], expected a list of 4 numbers'],
    [
      'heads.0.label_smoothing',
      1.5,
      'heads[0].label_smoothing is 1.5, expected a number from 0 to 1',
    ],
    ['dropout', 1, 'dropout is 1, expected a number of at least 0 and below 1'],
    ['pooling', 'max', 'pooling is "max", expected one of "attention", "mean"'],
    ['frontend', 256, 'frontend is 256, expected an object'],
    ['functionals', 64, 'functionals is 64, expected an object'],
    ['functionals', {}, 'functionals.units is missing, expected an integer of at least 1'],
    [
      'functionals',
      { units: 4, scope: 'speaker' },
      'functionals.scope is "speaker", expected one of "frames", "functionals"',
    ],
    ['recurrent.cells', 'lstm', 'recurrent: unknown key "cells"'],
  ])('refuses %s = %j', (path, value, message) => {
    const error = refusal(path, value);
    expect(error.message).toContain(`config.json: model.${message}`);
    expect(error.message).not.toContain('\n');
    expect(error.hint).not.toBe('');
  });

  const dense = { kind: 'dense', units: 4 };
  const last = { kind: 'recurrent', ...model.recurrent };
  it.each<[unknown[], string]>([
    [[], 'layers is [], expected a list whose last layer is recurrent'],
    [[last, dense], 'expected a list whose last layer is recurrent'],
    [Array(5).fill(last), 'expected a list with at most 4 recurrent layers'],
    [
      [{ kind: 'conv' }, last],
      'layers[0].kind is "conv", expected one of "dense", "recurrent", "subsample"',
    ],
    [[3, last], 'layers[0] is 3, expected an object'],
    [
      [{ kind: 'subsample', by: 17, how: 'mean' }, last],
      'layers[0].by is 17, expected an integer from 1 to 16',
    ],
    [
      [{ kind: 'subsample', by: 2, how: 'max' }, last],
      'layers[0].how is "max", expected one of "mean", "concatenate"',
    ],
    [
      [{ kind: 'dense', units: 0 }, last],
      'layers[0].units is 0, expected an integer of at least 1',
    ],
    [[dense, { ...last, offsets: [3, 3] }], 'layers[1].offsets is [3,3], expected'],
  ])('refuses the layers %j', (layers, message) => {
    const { features, pooling, heads, dropout } = model;
    const json = { features, layers, pooling, heads, dropout };
    expect(() => parseModelConfig(json, 'config.json', ['model'])).toThrow(ConfigError);
    expect(() => parseModelConfig(json, 'config.json', ['model'])).toThrow(message);
  });

  it('takes functionals, of the frames unless it is told', () => {
    const read = (functionals: unknown) =>
      parseModelConfig(changed('functionals', functionals), 'x').functionals;
    expect(read(undefined)).toBeUndefined();
    expect(read({ units: 64 })).toEqual({ units: 64, scope: 'frames' });
    expect(read({ units: 3, scope: 'functionals' })).toEqual({ units: 3, scope: 'functionals' });
  });

  it('has parameters for pooled deviations and functionals, and starts the rest as without', () => {
    const plain = initialParameters(model, 4);
    const more = initialParameters(
      { ...model, pooling: 'attention+deviation', functionals: { units: 5, scope: 'frames' } },
      4,
    );
    const shapeOf = (name: string) => more[name]?.shape;
    expect(shapeOf('pooling.attention')).toEqual([512]);
    expect(shapeOf('functionals.weight')).toEqual([5, 289]);
    expect(shapeOf('functionals.bias')).toEqual([5]);
    expect(shapeOf('heads.emotion.hidden.weight')).toEqual([256, 2 * 512 + 5]);
    expect(more['recurrent.forward.weight_hh']).toEqual(plain['recurrent.forward.weight_hh']);
  });

  it('refuses both forms at once', () => {
    const json = { ...model, layers: [last] };
    expect(() => parseModelConfig(json, 'x')).toThrow('unknown keys "frontend", "recurrent"');
  });

  it('says which keys there are instead of an unknown one', () => {
    expect(refusal('recurrent.cells', 'lstm').hint).toBe(
      'The keys are cell, units, bidirectional, offsets, period.',
    );
  });

  it('refuses what is no object at all', () => {
    for (const json of [null, 3, [], 'model']) {
      expect(() => parseModelConfig(json, 'f.json')).toThrow(ConfigError);
    }
  });
});

describe('parseOptimizerConfig', () => {
  it("fills in PyTorch's defaults", () => {
    const parse = (json: unknown) => parseOptimizerConfig(json, 'x');
    expect(parse({ name: 'adam' })).toEqual({ name: 'adam', beta1: 0.9, beta2: 0.999, eps: 1e-8 });
    expect(parse({ name: 'adamw', eps: 1e-6 })).toEqual({
      name: 'adamw',
      beta1: 0.9,
      beta2: 0.999,
      eps: 1e-6,
      weight_decay: 0.01,
    });
    expect(parse({ name: 'rmsprop' })).toEqual({ name: 'rmsprop', alpha: 0.99, eps: 1e-8 });
    expect(parse({ name: 'sgd' })).toEqual({ name: 'sgd', momentum: 0 });
  });

  it.each([
    [
      { name: 'lamb' },
      'optimizer.name is "lamb", expected one of "adam", "adamw", "rmsprop", "sgd"',
    ],
    [{ name: 'adam', eps: 0 }, 'optimizer.eps is 0, expected a number above 0'],
    [
      { name: 'adam', beta2: 1 },
      'optimizer.beta2 is 1, expected a number of at least 0 and below 1',
    ],
    [{ name: 'sgd', lr: 1 }, 'optimizer: unknown key "lr"'],
    ['adam', 'optimizer is "adam", expected an object'],
  ])('refuses %j', (json, message) => {
    expect(() => parseOptimizerConfig(json, 'c.json', ['optimizer'])).toThrow(`c.json: ${message}`);
  });
});

describe('presets', () => {
  it('tao-liu-2018 has about 605 thousand parameters with 8 speakers', () => {
    const paper = presetModel('tao-liu-2018', { emotion: 4, speaker: 8, gender: 2 });
    const count = parameterCount(paper);
    expect(count).toBeGreaterThan(604_000);
    expect(count).toBeLessThan(606_000);
  });

  it('weigh the tasks as the paper does', () => {
    expect(model.heads.map(({ task, weight }) => [task, weight])).toEqual([
      ['emotion', 1],
      ['speaker', 0.3],
      ['gender', 0.6],
    ]);
    expect(model.recurrent).toMatchObject({ units: 256, offsets: [5, 3, 1], period: 5 });
  });
});
