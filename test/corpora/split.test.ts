import { describe, expect, it } from 'vitest';
import { CorpusError, UsageError } from '../../src/core/errors.js';
import { Random } from '../../src/core/random.js';
import type { Corpus, SplitName, Utterance } from '../../src/corpora/corpus.js';
import { splitCorpus, type Split } from '../../src/corpora/split.js';

function utterance(path: string, emotion: string, speaker: string, split?: SplitName): Utterance {
  const named = Object.entries({ emotion, speaker }).filter(([, label]) => label !== '');
  const labels = Object.fromEntries(named);
  return split === undefined ? { path, labels } : { path, labels, split };
}

/** Six speakers; 50 anger, 30 joy and 5 fear of each. */
const utterances = ['A', 'B', 'C', 'D', 'E', 'F'].flatMap((speaker) =>
  Object.entries({ anger: 50, joy: 30, fear: 5 }).flatMap(([emotion, count]) =>
    Array.from({ length: count }, (_, i) =>
      utterance(`${speaker}/${emotion}${i}`, emotion, speaker),
    ),
  ),
);
const corpus = (list: readonly Utterance[]): Corpus => ({
  name: 'x',
  utterances: list,
  skipped: [],
});
const paths = (list: readonly Utterance[]) => list.map(({ path }) => path);
const speakers = (list: readonly Utterance[]) =>
  [...new Set(list.map(({ labels }) => labels['speaker']))].join('');
const count = (list: readonly Utterance[], emotion: string) =>
  list.filter(({ labels }) => labels['emotion'] === emotion).length;
const everything = ({ training, validation, test }: Split) =>
  paths([...training, ...validation, ...test]).sort();

describe('a split by speakers', () => {
  const split = splitCorpus(corpus(utterances), { seed: 0, testSpeakers: ['E', 'B'] });

  it('puts the test speakers apart and every utterance on one side', () => {
    expect(speakers(split.test)).toBe('BE');
    expect(split.test.length).toBe(170);
    expect(speakers([...split.training, ...split.validation])).not.toMatch(/[BE]/);
    expect(everything(split)).toEqual(paths(utterances).sort());
  });

  it('draws a tenth for validation, stratified by emotion, over all training speakers', () => {
    expect(split.validation.length).toBe(34);
    expect(['anger', 'joy', 'fear'].map((e) => count(split.validation, e))).toEqual([20, 12, 2]);
    expect([...new Set(speakers(split.validation))].sort().join('')).toBe('ACDF');
  });

  it('depends on the seed and the set of utterances, not on their order', () => {
    const again = (seed: number, list: readonly Utterance[]) =>
      paths(splitCorpus(corpus(list), { seed, testSpeakers: ['E', 'B'] }).validation).sort();
    const first = paths(split.validation).sort();
    expect(again(0, utterances)).toEqual(first);
    expect(again(0, new Random(1, 'order').shuffle(utterances))).toEqual(first);
    expect(again(1, utterances)).not.toEqual(first);
  });

  it('rounds so that the whole is right and no class loses its last utterance', () => {
    const list = ['a', 'b', 'c', 'd', 'e', 'f'].flatMap((emotion) =>
      [0, 1, 2].map((i) => utterance(`${emotion}${i}`, emotion, 'S')),
    );
    const { validation } = splitCorpus(corpus(list), { seed: 0 });
    expect(validation.length).toBe(2);
    // A tenth of 30: of 1.1 and 1.9, the larger remainder is rounded up.
    const uneven = Array.from({ length: 30 }, (_, i) => utterance(`${i}`, i < 11 ? 'a' : 'b', 'S'));
    const drawn = splitCorpus(corpus(uneven), { seed: 0 }).validation;
    expect(['a', 'b'].map((emotion) => count(drawn, emotion))).toEqual([1, 2]);
    const rare = [
      utterance('r', 'rare', 'S'),
      utterance('c1', 'c', 'S'),
      utterance('c2', 'c', 'S'),
    ];
    for (let seed = 0; seed < 10; seed++) {
      const { training } = splitCorpus(corpus(rare), { seed, validationShare: 0.6 });
      expect(count(training, 'rare')).toBe(1);
      expect(count(training, 'c')).toBe(1);
    }
  });

  it('keeps validation speakers apart when they are named', () => {
    const { training, validation, test } = splitCorpus(corpus(utterances), {
      seed: 0,
      testSpeakers: ['A'],
      validationSpeakers: ['C', 'D'],
    });
    expect([speakers(training), speakers(validation), speakers(test)]).toEqual(['BEF', 'CD', 'A']);
  });

  it('has no test side when nothing asks for one', () => {
    const { test, validation } = splitCorpus(corpus(utterances), { seed: 0, validationShare: 0.2 });
    expect(test).toEqual([]);
    expect(validation.length).toBe(102);
  });
});

describe('a split by column', () => {
  const column = (validation: SplitName) => [
    ...Array.from({ length: 20 }, (_, i) => utterance(`t${i}`, 'joy', 'A', 'train')),
    utterance('v', 'joy', 'A', validation),
    utterance('s', 'joy', 'B', 'test'),
  ];

  it('takes the sides as they are', () => {
    const { training, validation, test } = splitCorpus(corpus(column('validation')), { seed: 0 });
    expect([training.length, paths(validation), paths(test)]).toEqual([20, ['v'], ['s']]);
  });

  it('draws validation where the column has none', () => {
    const { training, validation, test } = splitCorpus(corpus(column('train')), { seed: 0 });
    expect([training.length, validation.length, paths(test)]).toEqual([19, 2, ['s']]);
  });

  it('takes validation speakers where the column has none', () => {
    const list = [...column('train'), utterance('c', 'joy', 'C', 'train')];
    const options = { seed: 0, validationSpeakers: ['C'] };
    expect(paths(splitCorpus(corpus(list), options).validation)).toEqual(['c']);
  });

  it('refuses options that contradict the column, and a column for some only', () => {
    const split = (list: Utterance[], options: object) => () =>
      splitCorpus(corpus(list), { seed: 0, ...options });
    const list = column('validation');
    expect(split(list, { testSpeakers: ['A'] })).toThrow(UsageError);
    expect(split(list, { validationSpeakers: ['A'] })).toThrow('defines its validation side');
    expect(split([...list, utterance('n', 'joy', 'A')], {})).toThrow(
      'has a split for only 22 of 23 utterances',
    );
  });

  it.each(['train', 'validation'] as const)('refuses a speaker in test and in %s', (side) => {
    const list = [...column('validation'), utterance('shared', 'joy', 'B', side)];
    const split = () => splitCorpus(corpus(list), { seed: 0 });
    expect(split).toThrow(CorpusError);
    expect(split).toThrow('speaker B in test and in training or validation');
  });
});

describe('splitCorpus refuses', () => {
  const refused = (options: object, message: string, list: readonly Utterance[] = utterances) => {
    const split = () => splitCorpus(corpus(list), { seed: 0, ...options });
    expect(split).toThrow(CorpusError);
    expect(split).toThrow(message);
    return split;
  };

  it('unknown speakers, with the ones it knows', () => {
    const split = refused({ testSpeakers: ['A', 'Z'] }, 'no speaker "Z" to hold out for test');
    expect(split).toThrow(
      expect.objectContaining({ hint: 'Its speakers are A, B, C, D, E, F.' }) as Error,
    );
    refused({ validationSpeakers: [''] }, 'no speaker "" to hold out for validation');
  });

  it('a speaker in test and in validation', () => {
    const both = { testSpeakers: ['A', 'B'], validationSpeakers: ['C', 'B'] };
    refused(both, 'speaker B would be in both test and validation');
  });

  it('utterances without a speaker in a split by speakers', () => {
    const list = [...utterances, utterance('anonymous', 'joy', '')];
    refused({ testSpeakers: ['A'] }, 'anonymous has no speaker', list);
  });

  it('sides that would be empty', () => {
    const all = ['A', 'B', 'C', 'D', 'E', 'F'];
    refused({ testSpeakers: all }, 'the training side of the x corpus would be empty');
    const rest = { testSpeakers: ['A'], validationSpeakers: all.slice(1) };
    refused(rest, 'the training side of the x corpus would be empty');
    refused({}, 'the training side of the x corpus would be empty', []);
    const one = [utterance('1', 'joy', 'A')];
    refused({}, 'the validation side of the x corpus would be empty', one);
  });

  it('a validation share that is no part', () => {
    for (const validationShare of [1, -1, NaN]) {
      const split = () => splitCorpus(corpus(utterances), { seed: 0, validationShare });
      expect(split).toThrow(UsageError);
    }
  });
});

describe('a validation share of 0', () => {
  it('leaves the validation side empty', () => {
    const split = splitCorpus(corpus(utterances), {
      seed: 0,
      validationShare: 0,
      testSpeakers: ['A'],
    });
    expect(split.validation).toEqual([]);
    expect(split.training.length + split.test.length).toBe(utterances.length);
  });
});

describe('validation by speaker', () => {
  const of = (list: readonly Utterance[], more: Partial<Parameters<typeof splitCorpus>[1]> = {}) =>
    splitCorpus(corpus(list), { seed: 0, validateBy: 'speaker', ...more });
  /** `counts` utterances by speaker. */
  const made = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts).flatMap(([speaker, n]) =>
      Array.from({ length: n }, (_, i) => utterance(`${speaker}/${i}`, 'joy', speaker)),
    );

  it('has whole speakers, one at least, and no utterance twice', () => {
    const split = of(utterances, { testSpeakers: ['B'] });
    expect(speakers(split.validation)).toMatch(/^[ACDEF]$/);
    expect(split.validation.length).toBe(85);
    expect(speakers(split.training)).not.toContain(speakers(split.validation));
    expect(everything(split)).toEqual(paths(utterances).sort());
  });

  it('takes as many speakers as come closest to the share, and never all', () => {
    const many = made(Object.fromEntries([...'ABCDEFGHIJ'].map((name) => [name, 10])));
    const drawn = [0.04, 0.14, 0.16, 0.34, 0.36, 0.99].map(
      (validationShare) => speakers(of(many, { validationShare }).validation).length,
    );
    expect(drawn).toEqual([1, 1, 2, 3, 4, 9]);
    expect(speakers(of(made({ A: 1, B: 99 }), { validationShare: 0.9 }).validation)).toHaveLength(
      1,
    );
  });

  it('depends on the seed and the set of utterances, not on their order', () => {
    const drawn = (seed: number, list = utterances) => speakers(of(list, { seed }).validation);
    const shuffled = new Random(1, 'order').shuffle(utterances);
    expect(drawn(3, shuffled)).toBe(drawn(3));
    const seeds = Array.from({ length: 40 }, (_, seed) => seed);
    expect([...new Set(seeds.map((seed) => drawn(seed)))].sort().join('')).toBe('ABCDEF');
  });

  it('is refused in one line among fewer than two training speakers', () => {
    expect(() => of(made({ A: 9, B: 9 }), { testSpeakers: ['B'] })).toThrow(CorpusError);
    expect(() => of(made({ A: 9, B: 9 }), { testSpeakers: ['B'] })).toThrow(
      /^validation by speaker needs two training speakers or more, but there is only A$/,
    );
    const nameless = [utterance('a', 'joy', ''), utterance('b', 'joy', '')];
    expect(() => of(nameless)).toThrow('but there are none with a name');
    expect(() => of([...made({ A: 3, B: 3 }), ...nameless])).toThrow('a has no speaker');
  });

  it('is refused where validation is settled', () => {
    const named = () => of(utterances, { validationSpeakers: ['A'] });
    expect(named).toThrow(UsageError);
    expect(named).toThrow('validation speakers were to be drawn, but they are named');
    const columns = [
      utterance('a', 'joy', 'A', 'train'),
      utterance('b', 'joy', 'B', 'train'),
      utterance('c', 'joy', 'C', 'validation'),
    ];
    expect(() => of(columns)).toThrow('but the x corpus defines its validation side');
    const [first, second] = columns as [Utterance, Utterance];
    const drawn = of([first, second, utterance('c', 'joy', 'C', 'test')]);
    expect([drawn.training, drawn.validation].map((side) => side.length)).toEqual([1, 1]);
  });

  it('is as ever where it is by utterance', () => {
    const plain = splitCorpus(corpus(utterances), { seed: 4 });
    expect(of(utterances, { seed: 4, validateBy: 'utterance' })).toEqual(plain);
  });
});
