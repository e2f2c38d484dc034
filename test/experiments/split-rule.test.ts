import { describe, expect, it } from 'vitest';
import type { Utterance } from '../../src/corpora/corpus.js';
import { foldsOf, type SplitRule } from '../../src/experiments/split-rule.js';

/** Two utterances a speaker; three women, four men, in two sessions. */
const utterances: readonly Utterance[] = ['f1', 'f2', 'f3', 'm1', 'm2', 'm3', 'm4'].flatMap(
  (speaker, i) =>
    [0, 1].map((n) => ({
      path: `c/${speaker}-${n}.wav`,
      labels: { emotion: 'joy', speaker, gender: speaker.startsWith('f') ? 'female' : 'male' },
      session: `S${i % 2}`,
    })),
);
const tested = (rule: SplitRule, of = utterances) =>
  foldsOf(rule, of).map(({ testSpeakers }) => testSpeakers);

describe('folds', () => {
  it('test the speakers named', () => {
    expect(foldsOf({ kind: 'speakers', test: ['m1', 'f2'] }, utterances)).toEqual([
      { name: 'f2+m1', testSpeakers: ['f2', 'm1'] },
    ]);
  });

  it('are taken as they are listed', () => {
    const folds = [
      ['m2', 'f1'],
      ['f3', 'm1'],
    ];
    expect(foldsOf({ kind: 'folds', folds }, utterances)).toEqual([
      { name: 'f1+m2', testSpeakers: ['f1', 'm2'] },
      { name: 'f3+m1', testSpeakers: ['f3', 'm1'] },
    ]);
    const refused =
      (...lists: string[][]) =>
      () =>
        foldsOf({ kind: 'folds', folds: lists }, utterances);
    expect(refused(['f1'], ['m1', 'f1'])).toThrow('the split lists speaker "f1" twice');
    expect(refused(['f1'], ['x'])).toThrow('the corpus has no speaker "x" to test on');
    expect(refused()).toThrow('the split lists no folds');
  });

  it('leave out each speaker in turn', () => {
    const rule = { kind: 'leave-one-speaker-out' } as const;
    expect(tested(rule)).toEqual([['f1'], ['f2'], ['f3'], ['m1'], ['m2'], ['m3'], ['m4']]);
    expect(tested(rule, utterances.toReversed())).toEqual(tested(rule));
  });

  it('leave out each session in turn', () => {
    expect(tested({ kind: 'leave-one-session-out' })).toEqual([
      ['f1', 'f3', 'm2', 'm4'],
      ['f2', 'm1', 'm3'],
    ]);
  });

  it('draw pairs of one man and one woman, no pair twice, by the seed alone', () => {
    const rule = { kind: 'random-pair', draws: 12, seed: 3 } as const;
    const pairs = tested(rule);
    expect(new Set(pairs.map(String)).size).toBe(12);
    for (const [m, f, ...rest] of pairs) {
      expect([m?.[0], f?.[0], rest]).toEqual(['m', 'f', []]);
    }
    expect(tested(rule, utterances.toReversed())).toEqual(pairs);
    expect(tested({ ...rule, seed: 4 })).not.toEqual(pairs);
    expect(() => tested({ ...rule, draws: 13 })).toThrow('12 pairs, but the split draws 13');
  });

  it('divide the speakers into folds that differ by one at the most', () => {
    const folds = tested({ kind: 'speaker-folds', folds: 3, seed: 0 });
    expect(folds.flat().sort()).toEqual(['f1', 'f2', 'f3', 'm1', 'm2', 'm3', 'm4']);
    expect(folds.map(({ length }) => length)).toEqual([3, 2, 2]);
    expect(() => tested({ kind: 'speaker-folds', folds: 8, seed: 0 })).toThrow('7 speakers');
  });

  it.each<[string, SplitRule, readonly Utterance[], string]>([
    ['an unknown speaker', { kind: 'speakers', test: ['x'] }, utterances, 'no speaker "x"'],
    ['nobody', { kind: 'speakers', test: [] }, utterances, 'names no test speaker'],
    ['one speaker', { kind: 'leave-one-speaker-out' }, utterances.slice(0, 2), '1 speaker'],
    [
      'no sessions',
      { kind: 'leave-one-session-out' },
      utterances.map(({ path, labels }) => ({ path, labels })),
      'has no sessions',
    ],
    [
      'an utterance without a speaker',
      { kind: 'leave-one-speaker-out' },
      [...utterances, { path: 'c/x.wav', labels: { emotion: 'joy' } }],
      'c/x.wav has no speaker',
    ],
    [
      'speakers whose names make the same folder',
      { kind: 'leave-one-speaker-out' },
      ['a b', 'a/b'].map((speaker) => ({ path: speaker, labels: { speaker } })),
      'two folds would be called a-b',
    ],
  ])('are refused of %s', (_, rule, of, message) => {
    expect(() => foldsOf(rule, of)).toThrow(message);
  });
});
