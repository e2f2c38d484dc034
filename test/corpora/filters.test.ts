import { describe, expect, it } from 'vitest';
import { ConfigError, CorpusError, UsageError } from '../../src/core/errors.js';
import { checkSchema } from '../../src/core/schema.js';
import { countReasons, type Corpus } from '../../src/corpora/corpus.js';
import {
  corpusFiltersSchema,
  filterCorpus,
  outsideDuration,
  type CorpusFilters,
} from '../../src/corpora/filters.js';

const corpus: Corpus = {
  name: 'some',
  utterances: [
    { path: 'a', labels: { emotion: 'joy', speaker: 's' }, style: 'improvised' },
    { path: 'b', labels: { emotion: 'glee' }, style: 'scripted' },
    { path: 'c', labels: { emotion: 'rage' } },
    { path: 'd', labels: { speaker: 's' }, style: 'improvised' },
  ],
  skipped: [{ path: 'x', reason: 'there is no such file' }],
};

function kept(filters: CorpusFilters, of: Corpus = corpus): string[] {
  return filterCorpus(of, filters).utterances.map(
    ({ path, labels }) => `${path} ${labels['emotion']}`,
  );
}

describe('filterCorpus', () => {
  it('renames each label once, before emotions are chosen', () => {
    expect(kept({ merge: { glee: 'joy', joy: 'glee' } })).toEqual([
      'a glee',
      'b joy',
      'c rage',
      'd undefined',
    ]);
    expect(kept({ merge: { glee: 'joy' }, emotions: ['joy'] })).toEqual(['a joy', 'b joy']);
    expect(filterCorpus(corpus, { merge: { joy: 'fun' } }).utterances[0]).toEqual({
      path: 'a',
      labels: { emotion: 'fun', speaker: 's' },
      style: 'improvised',
    });
    expect(() => kept({ merge: { glee: 'joy' }, emotions: ['glee'] })).toThrow(
      'the some corpus has no emotion "glee"',
    );
    expect(() => kept({ merge: { toString: 'joy' } })).toThrow('no emotion "toString"');
  });

  it("keeps a corpus's own choice unless others are asked for, and what is merged", () => {
    const own = { ...corpus, defaultEmotions: ['joy'] };
    expect(kept({}, own)).toEqual(['a joy']);
    expect(kept({ emotions: ['rage'] }, own)).toEqual(['c rage']);
    expect(kept({ merge: { glee: 'joy' } }, own)).toEqual(['a joy', 'b joy']);
    expect(kept({ merge: { joy: 'fun', rage: 'bad' } }, own)).toEqual(['a fun', 'c bad']);
    expect(filterCorpus(own, {})).not.toHaveProperty('defaultEmotions');
  });

  it('chooses a style, where the corpus tells any', () => {
    const { utterances, skipped, leftOut } = filterCorpus(corpus, { style: 'improvised' });
    expect(utterances.map(({ path }) => path)).toEqual(['a', 'd']);
    expect(skipped).toEqual(corpus.skipped);
    expect(leftOut).toEqual([
      { path: 'b', reason: 'scripted, not wanted' },
      { path: 'c', reason: 'no style' },
    ]);
    const plain = { ...corpus, utterances: [corpus.utterances[2]!] };
    expect(() => filterCorpus(plain, { style: 'scripted' })).toThrow(
      'the some corpus does not distinguish improvised and scripted speech',
    );
  });

  it('refuses to keep nothing, and bounds that exclude each other', () => {
    const nothing = () => filterCorpus(corpus, { emotions: ['joy'], style: 'scripted' });
    expect(nothing).toThrow(CorpusError);
    expect(nothing).toThrow('none of the 4 utterances of the some corpus passes the filters');
    expect(() => filterCorpus(corpus, { minSeconds: 2, maxSeconds: 1 })).toThrow(UsageError);
    expect(kept({ minSeconds: 2, maxSeconds: 2 })).toHaveLength(4);
  });
});

it('outsideDuration takes the bounds themselves', () => {
  const filters = { minSeconds: 0.5, maxSeconds: 2 };
  expect([0.49, 0.5, 2, 2.01].map((seconds) => outsideDuration(seconds, filters))).toEqual([
    'shorter than 0.5 s',
    undefined,
    undefined,
    'longer than 2 s',
  ]);
  expect(outsideDuration(1e9, {})).toBeUndefined();
});

it('countReasons puts the commonest first', () => {
  const reasons = ['b', 'a', 'c', 'c'].map((reason, i) => ({ path: `${i}`, reason }));
  expect(Object.entries(countReasons(reasons))).toEqual([
    ['c', 2],
    ['a', 1],
    ['b', 1],
  ]);
});

it('the schema takes all filters, and names what is wrong', () => {
  const all: CorpusFilters = {
    emotions: ['hap'],
    merge: { exc: 'hap' },
    style: 'scripted',
    minSeconds: 0.5,
    maxSeconds: 20,
    strict: true,
  };
  expect(checkSchema<CorpusFilters>(corpusFiltersSchema, all, 'f')).toEqual(all);
  expect(checkSchema<CorpusFilters>(corpusFiltersSchema, {}, 'f')).toEqual({});
  const check = (value: object) => () => checkSchema(corpusFiltersSchema, value, 'f');
  expect(check({ style: 'read' })).toThrow(
    'f: style is "read", expected one of "improvised", "scripted"',
  );
  expect(check({ minSeconds: 0 })).toThrow('f: minSeconds is 0, expected a number above 0');
  expect(check({ merge: ['exc'] })).toThrow('f: merge');
  expect(check({ mergers: {} })).toThrow(ConfigError);
});
