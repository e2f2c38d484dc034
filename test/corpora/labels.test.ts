import { describe, expect, it } from 'vitest';
import { AudioError, CorpusError } from '../../src/core/errors.js';
import type { Corpus, Utterance } from '../../src/corpora/corpus.js';
import { classesOf, labelSets, untrainedLabels } from '../../src/corpora/labels.js';
import { summariseCorpus } from '../../src/corpora/summary.js';

const utterance = (path: string, labels: Record<string, string>): Utterance => ({ path, labels });

const training = [
  utterance('1', { gender: 'male', speaker: 'S10', emotion: 'żal', style: 'read' }),
  utterance('2', { gender: 'male', speaker: 'S9', emotion: 'anger' }),
  utterance('3', { speaker: 'S10', emotion: 'Neutral' }),
];

describe('labelSets', () => {
  it('sorts by code point, tasks in their order, and leaves out a task without labels', () => {
    const sets = labelSets(training);
    expect(sets).toEqual({
      emotion: ['Neutral', 'anger', 'żal'],
      speaker: ['S10', 'S9'],
      gender: ['male'],
      style: ['read'],
    });
    expect(Object.keys(sets)).toEqual(['emotion', 'speaker', 'gender', 'style']);
    expect(Object.keys(labelSets([utterance('x', { emotion: 'a' })]))).toEqual(['emotion']);
    expect(labelSets([])).toEqual({});
  });
});

describe('classesOf', () => {
  it('gives indices, -1 for the unlabelled and for speakers outside training', () => {
    const test = [utterance('4', { speaker: 'S1', emotion: 'anger' }), utterance('5', {})];
    expect(classesOf([...training, ...test], labelSets(training))).toEqual({
      emotion: new Int32Array([2, 1, 0, 1, -1]),
      speaker: new Int32Array([0, 1, 0, -1, -1]),
      gender: new Int32Array([0, 0, -1, -1, -1]),
      style: new Int32Array([0, -1, -1, -1, -1]),
    });
  });

  it('refuses a label that the model does not know', () => {
    const encode = () => classesOf([utterance('a/b.wav', { emotion: 'joy' })], labelSets(training));
    expect(encode).toThrow(CorpusError);
    expect(encode).toThrow('a/b.wav: the emotion "joy" is not one that the model was trained on');
  });

  it('counts what it does not know of another task as no label', () => {
    const other = [utterance('4', { emotion: 'anger', gender: 'female', style: 'sung' })];
    const sets = labelSets(training);
    expect(classesOf(other, sets)).toMatchObject({
      emotion: new Int32Array([1]),
      gender: new Int32Array([-1]),
      style: new Int32Array([-1]),
    });
    expect(() => classesOf(other, sets, 'gender')).toThrow('4: the gender "female" is not one');
    // without an emotion the first task is the one that a model is scored by
    const { gender = [], style = [] } = sets;
    expect(() => classesOf(other, { gender, style })).toThrow('the gender "female"');
    expect(classesOf(other, { style, gender }, 'emotion')['style']).toEqual(new Int32Array([-1]));
  });
});

describe('untrainedLabels', () => {
  it('counts the labels that training lacks, of any task but the speaker', () => {
    const test = [
      utterance('5', { emotion: 'joy', speaker: 'S99', gender: 'male' }),
      utterance('6', { emotion: 'Neutral' }),
      utterance('7', { emotion: 'fear' }),
      utterance('8', { emotion: 'joy' }),
      utterance('9', {}),
    ];
    const found = untrainedLabels(training, test, 'emotion', 'test side');
    expect(found?.problem).toMatch(
      /^the test side has the emotion "fear" \(1 utterance\), "joy" \(2 utterances\), which .* \(5\)$/,
    );
    expect(found?.hint).toContain('(--emotions Neutral,anger,żal)');
    const named = [utterance('1', { emotion: 'calm, low' }), utterance('2', { emotion: 'sad' })];
    const quoted = untrainedLabels(named, test, 'emotion', 'test side');
    expect(quoted?.hint).toContain(`(--emotions '"calm, low",sad')`);
    for (const task of ['speaker', 'gender', 'style', 'age']) {
      expect(untrainedLabels(training, test, task, 'test side')).toBeUndefined();
    }
  });
});

describe('summariseCorpus', () => {
  const corpus: Corpus = {
    name: 'nemo',
    utterances: training,
    skipped: [{ path: '0', reason: 'there is no such file' }],
  };

  it('counts labels, sums seconds and skips what cannot be decoded', async () => {
    const { summary, corpus: usable } = await summariseCorpus(corpus, (path) =>
      path === '2' ? Promise.reject(new AudioError('2: not audio')) : Promise.resolve(1.25),
    );
    expect(summary).toEqual({
      utterances: 2,
      seconds: 2.5,
      emotion: { Neutral: 1, żal: 1 },
      speaker: { S10: 2 },
      gender: { male: 1 },
      skipped: [
        { path: '0', reason: 'there is no such file' },
        { path: '2', reason: '2: not audio' },
      ],
    });
    expect(Object.keys(summary.emotion)).toEqual(['Neutral', 'żal']);
    expect(usable.utterances.map(({ path }) => path)).toEqual(['1', '3']);
    expect(usable.skipped).toEqual(summary.skipped);
  });

  it('does not take another failure for bad audio', async () => {
    const failing = summariseCorpus(corpus, () => Promise.reject(new TypeError('a bug')));
    await expect(failing).rejects.toThrow('a bug');
  });
});
