import { describe, expect, it } from 'vitest';
import { regressionTasks, withHeads } from '../../src/runs/head-settings.js';
import { parseRunSettings, resolveModel } from '../../src/runs/settings.js';

const labels = { emotion: ['anger', 'joy'], speaker: ['a', 'b', 'c'] };
const tasks = Object.keys(labels);

function headsOf(...[settings, of, given]: Parameters<typeof withHeads>) {
  const known = Object.fromEntries(of.map((task) => [task, labels[task as 'emotion'] ?? []]));
  const own = { preset: 'alstm-1', ...settings } as const;
  return resolveModel(withHeads(own, of, given), known, 'x').heads;
}

describe('heads of numbers', () => {
  it('follow those of labels, with the preset’s size and the loss ccc', () => {
    const given = { regression: ['arousal', 'valence'], labelSmoothing: 0.1, hidden: 8 };
    expect(headsOf({}, tasks, given)).toEqual([
      { task: 'emotion', classes: 2, hidden: 8, weight: 1, label_smoothing: 0.1 },
      { task: 'speaker', classes: 3, hidden: 8, weight: 0.3, label_smoothing: 0.1 },
      { task: 'arousal', loss: 'ccc', hidden: 8, weight: 1 },
      { task: 'valence', loss: 'ccc', hidden: 8, weight: 1 },
    ]);
  });

  it('come first where there is no emotion: the first decides', () => {
    const heads = headsOf({}, ['speaker'], { regression: ['arousal'], regressionLoss: 'mse' });
    expect(heads).toEqual([
      { task: 'arousal', loss: 'mse', hidden: 256, weight: 1 },
      { task: 'speaker', classes: 3, hidden: 256, weight: 0.3 },
    ]);
  });

  it('are listed in settings by their loss', () => {
    const json = { model: { heads: [{ task: 'arousal', loss: 'ccc', hidden: 0 }] } };
    const settings = parseRunSettings(json, 'c.json');
    expect(regressionTasks(settings)).toEqual(['arousal']);
    const expected = [{ task: 'arousal', loss: 'ccc', hidden: 0, weight: 1 }];
    expect(resolveModel(settings, {}, 'x').heads).toEqual(expected);
    expect(headsOf(settings, tasks, { regression: ['arousal'] })).toEqual(expected);
    const other = { model: { heads: [{ task: 'arousal', loss: 'mae' }] } };
    expect(() => parseRunSettings(other, 'c.json')).toThrow(
      'c.json: model.heads[0].loss is "mae", expected one of "cross-entropy", "mse", "ccc"',
    );
    const classes = { model: { heads: [{ task: 'arousal', loss: 'ccc', label_smoothing: 0.1 }] } };
    expect(() => resolveModel(parseRunSettings(classes, 'c.json'), {}, 'c.json')).toThrow(
      'c.json: model.heads[0]: unknown key "label_smoothing"',
    );
  });
});

describe('gradient reversal', () => {
  it('is given by task, and refused for one without a head', () => {
    const given = { reversal: { speaker: 0.1 } };
    expect(headsOf({}, tasks, given)[1]).toEqual({
      ...{ task: 'speaker', classes: 3, hidden: 256, weight: 0.3 },
      reversal: 0.1,
    });
    expect(() => withHeads({}, tasks, { reversal: { gender: 1 } })).toThrow(
      'gradient reversal was given for the task "gender", which has no head',
    );
  });

  it('changes nothing where nothing was given', () => {
    expect(withHeads({}, tasks, {})).toEqual({});
  });
});
