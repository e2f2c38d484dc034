import { describe, expect, it } from 'vitest';
import { presetNames } from '../../src/model/presets.js';
import type { TrainingSettings } from '../../src/runs/training-settings.js';
import {
  mergeSettings,
  parseRunSettings,
  resolveModel,
  resolveTraining,
} from '../../src/runs/settings.js';

const labels = { emotion: ['anger', 'joy'], speaker: ['a', 'b', 'c'] };

describe('resolveTraining', () => {
  it("gives SPEC's defaults", () => {
    expect(resolveTraining({ preset: 'alstm-1' }, 'x')).toEqual({
      epochs: 100,
      batch: 32,
      learningRate: 1e-3,
      optimizer: { name: 'adam', beta1: 0.9, beta2: 0.999, eps: 1e-8 },
      schedule: { name: 'constant', warmup: 0 },
      clipNorm: 5,
      patience: 3,
      checkpointSteps: 0,
      memoryBudget: 0,
      onNonFinite: 'stop',
    });
  });

  it('has as many epochs as the least number of steps needs', () => {
    const training = { epochs: 3, minSteps: 100, batch: 8 };
    const epochs = (utterances?: number) =>
      resolveTraining({ preset: 'alstm-1', training }, 'x', utterances).epochs;
    expect(epochs(33)).toBe(20); // five steps an epoch
    expect(epochs(1000)).toBe(3);
    expect(epochs()).toBe(3);
    expect(resolveTraining({ training }, 'x', 33)).not.toHaveProperty('minSteps');
  });

  it('is the same, to its order, when it is read from a run: its hash depends on that', () => {
    for (const preset of presetNames) {
      const training = resolveTraining({ preset }, 'x', 100);
      const stored = JSON.parse(JSON.stringify(training)) as TrainingSettings;
      const read = resolveTraining({ preset: 'alstm-1', training: stored }, 'x');
      expect(JSON.stringify(read)).toBe(JSON.stringify(training));
    }
  });

  it('refuses a cosine that ends above where it begins', () => {
    const schedule = { name: 'cosine', minimum: 0.1 } as const;
    expect(() => resolveTraining({ preset: 'alstm-1', training: { schedule } }, 'c.json')).toThrow(
      'c.json: training.schedule.minimum is 0.1, more than the learning rate 0.001',
    );
  });
});

describe('averaging, augmentation, sampling and keeping', () => {
  it('are absent where they are off: a run without them has the hash that it always had', () => {
    const off = {
      ...{ ema: 0, augment: { gain: 0, timeMasks: 0 } },
      ...({ sampling: 'shuffled', keep: 'best' } as const),
    };
    expect(resolveTraining({ preset: 'alstm-1', training: off }, 'x')).toEqual(
      resolveTraining({ preset: 'alstm-1' }, 'x'),
    );
    expect(JSON.stringify(resolveTraining({ preset: 'alstm-1', training: off }, 'x'))).toBe(
      JSON.stringify(resolveTraining({ preset: 'alstm-1' }, 'x')),
    );
  });

  it('are kept where they are on, and augmentation is replaced as a whole', () => {
    const on = {
      ...{ ema: 0.98, augment: { gain: 0.1, crop: 0, stretch: 0.5 } },
      ...({ sampling: 'balanced', keep: 'last' } as const),
    };
    expect(resolveTraining({ training: on }, 'x')).toMatchObject({
      ...on,
      augment: { gain: 0.1, stretch: 0.5 },
    });
    const merged = mergeSettings({ training: on }, { training: { augment: {} } });
    expect(resolveTraining(merged, 'x').augment).toBeUndefined();
  });

  it.each([
    [{ ema: 1 }, 'training.ema is 1, expected a number of at least 0 and below 1'],
    [{ keep: 'first' }, 'training.keep is "first", expected one of "best", "last"'],
    [{ augment: { gains: 1 } }, 'training.augment: unknown key "gains"'],
    [{ augment: { stretch: 0.6 } }, 'training.augment.stretch is 0.6, expected'],
    [{ augment: { timeMasks: 2 } }, 'timeMasks and training.augment.timeMaskShare only one'],
    [{ augment: { featureMaskShare: 0.2 } }, 'training.augment.featureMaskShare only one'],
    [{ augment: { timeMasks: 101, timeMaskShare: 0.1 } }, 'training.augment.timeMasks is 101'],
  ])('refuses %j', (training, message) => {
    expect(() => parseRunSettings({ training }, 'c.json')).toThrow(message);
  });
});

describe('resolveModel', () => {
  it('makes a head for each labelled task', () => {
    const model = resolveModel({ preset: 'alstm-1' }, labels, 'x');
    expect(model.heads).toEqual([
      { task: 'emotion', classes: 2, hidden: 256, weight: 1 },
      { task: 'speaker', classes: 3, hidden: 256, weight: 0.3 },
    ]);
    expect(model.recurrent?.units).toBe(256);
    expect(resolveModel({ preset: 'tao-liu-2018' }, labels, 'x').recurrent?.units).toBe(128);
  });

  it('stacks recurrent layers and subsamples before them, or takes the whole list', () => {
    const model = resolveModel(
      {
        preset: 'alstm-1',
        model: { recurrentLayers: 2, subsample: { by: 8 }, recurrent: { units: 4 } },
      },
      labels,
      'x',
    );
    const recurrent = { kind: 'recurrent', cell: 'a-lstm', units: 4, bidirectional: true };
    expect(model.layers).toMatchObject([
      { kind: 'subsample', by: 8, how: 'mean' },
      { kind: 'dense', units: 256 },
      recurrent,
      recurrent,
    ]);
    const one = resolveModel(
      { preset: 'alstm-1', model: { recurrentLayers: 1, subsample: { by: 1 } } },
      labels,
      'x',
    );
    expect(one).toEqual(resolveModel({ preset: 'alstm-1' }, labels, 'x'));
    const layers = (model.layers ?? []).slice(2);
    expect(resolveModel({ preset: 'alstm-1', model: { layers } }, labels, 'x').layers).toEqual(
      layers,
    );
    expect(() =>
      resolveModel({ preset: 'alstm-1', model: { layers, recurrentLayers: 2 } }, labels, 'x'),
    ).toThrow('x: model.layers was given together with model.recurrentLayers');
  });

  it('adds a branch for functionals, and lists the layers of what alstm-model-1 cannot say', () => {
    const base = parseRunSettings({ preset: 'alstm-1', model: { functionals: { units: 8 } } }, 'x');
    const scoped = { model: { functionals: { scope: 'functionals' } } } as const;
    const model = resolveModel(mergeSettings(base, scoped), labels, 'x');
    expect(model.functionals).toEqual({ units: 8, scope: 'functionals' });
    expect(model.layers).toHaveLength(2);
    const pooled = { preset: 'alstm-1', model: { pooling: 'attention+deviation' } } as const;
    expect(resolveModel(pooled, labels, 'x').layers).toHaveLength(2);
    expect(resolveModel({ preset: 'alstm-1' }, labels, 'x').layers).toBeUndefined();
    expect(() => resolveModel({ preset: 'alstm-1', ...scoped }, labels, 'x')).toThrow(
      'x: model.functionals.units is missing, expected an integer of at least 1',
    );
  });

  it('takes functionals normalised by speaker where features are, unless the scope is given', () => {
    const scopeOf = (normalise: 'speaker' | 'utterance', functionals: object) =>
      resolveModel(
        { preset: 'alstm-1', features: { normalise }, model: { functionals } },
        labels,
        'x',
      ).functionals?.scope;
    expect(scopeOf('speaker', { units: 8 })).toBe('functionals');
    expect(scopeOf('utterance', { units: 8 })).toBe('frames');
    expect(scopeOf('speaker', { units: 8, scope: 'frames' })).toBe('frames');
  });

  it('takes the largest offset as period unless told one', () => {
    const offsets = [7, 2];
    expect(
      resolveModel({ preset: 'alstm-1', model: { recurrent: { offsets } } }, labels, 'x').recurrent
        ?.period,
    ).toBe(7);
    const both = { preset: 'alstm-1' as const, model: { recurrent: { offsets, period: 1 } } };
    expect(resolveModel(both, labels, 'x').recurrent?.period).toBe(1);
  });

  it('takes the heads that settings list, their other fields as in the preset', () => {
    const heads = [{ task: 'speaker', hidden: 0, label_smoothing: 0.1 }];
    expect(resolveModel({ preset: 'alstm-1', model: { heads } }, labels, 'x').heads).toEqual([
      { task: 'speaker', classes: 3, hidden: 0, weight: 0.3, label_smoothing: 0.1 },
    ]);
  });

  it('makes heads for the tasks that settings name', () => {
    const { heads } = resolveModel(
      { preset: 'alstm-1', model: { tasks: ['speaker'] } },
      labels,
      'x',
    );
    expect(heads).toEqual([{ task: 'speaker', classes: 3, hidden: 256, weight: 0.3 }]);
    expect(() =>
      resolveModel({ preset: 'alstm-1', model: { tasks: ['gender'] } }, labels, 'c.json'),
    ).toThrow(
      'c.json: model.heads names the task "gender", which has no labels in the training data',
    );
  });

  it('refuses a head without labels, and class weights that are not one a class', () => {
    const gender = { preset: 'alstm-1' as const, model: { heads: [{ task: 'gender' }] } };
    expect(() => resolveModel(gender, labels, 'c.json')).toThrow(
      'c.json: model.heads names the task "gender", which has no labels in the training data',
    );
    const weights = {
      preset: 'alstm-1' as const,
      model: { heads: [{ task: 'emotion', class_weights: [1, 2, 3] }] },
    };
    expect(() => resolveModel(weights, labels, 'c.json')).toThrow(
      'c.json: model.heads[0].class_weights is [1,2,3], expected a list of 2 numbers, one per class',
    );
    expect(() => resolveModel({ preset: 'alstm-1' }, {}, 'c.json')).toThrow(
      'model.heads is [], expected at least one',
    );
  });
});

describe('parseRunSettings', () => {
  it.each([
    [{ model: { recurrent: { cell: 'rnn' } } }, 'model.recurrent.cell is "rnn", expected one of'],
    [
      { training: { optimizer: { name: 'adam', eps: 0 } } },
      'training.optimizer.eps is 0, expected',
    ],
    [{ training: { schedule: { name: 'up' } } }, 'training.schedule.name is "up", expected one of'],
    [{ training: { batch: 0 } }, 'training.batch is 0, expected an integer of at least 1'],
    [{ training: { lr: 1 } }, 'training: unknown key "lr"'],
    [{ preset: 'big' }, 'preset is "big", expected one of "alstm", "alstm-1", "tao-liu-2018"'],
    [[], 'c.json is [], expected an object'],
  ])('refuses %j', (json, message) => {
    expect(() => parseRunSettings(json, 'c.json')).toThrow(message);
  });

  it('takes what settings may hold', () => {
    const json = { preset: 'alstm', training: { optimizer: { name: 'sgd', momentum: 0.9 } } };
    expect(parseRunSettings(json, 'c.json')).toEqual(json);
  });
});

describe('mergeSettings', () => {
  it('lets the second win field by field', () => {
    const merged = mergeSettings(
      { preset: 'alstm', model: { recurrent: { cell: 'lstm', units: 3 }, dropout: 0.1 } },
      { model: { recurrent: { units: 5 } }, training: { batch: 7 } },
    );
    expect(merged).toEqual({
      preset: 'alstm',
      model: { recurrent: { cell: 'lstm', units: 5 }, dropout: 0.1 },
      training: { batch: 7 },
    });
  });

  it('keeps settings of the same optimiser and drops those of another', () => {
    const base = { training: { optimizer: { name: 'adam', beta1: 0.5 } } } as const;
    const with_ = (optimizer: { name: 'adam' | 'sgd'; eps?: number }) =>
      mergeSettings(base, { training: { optimizer } }).training?.optimizer;
    expect(with_({ name: 'adam', eps: 1e-6 })).toEqual({ name: 'adam', beta1: 0.5, eps: 1e-6 });
    expect(with_({ name: 'sgd' })).toEqual({ name: 'sgd' });
  });
});
