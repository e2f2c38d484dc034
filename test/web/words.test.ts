import { beforeAll, expect, it } from 'vitest';
import { english } from '../../src/web/language/english.js';
import { useWords } from '../../src/web/language/words.js';
import { answerText, heardText, measuredText, tallyText } from '../../src/web/words.js';

beforeAll(() => useWords(english));

const plain = (text: string) => text.replaceAll('\u00a0', ' ');
const scores = { anger: 0.48, neutral: 0.47, sadness: 0.05 };

it('names the most likely label, and below the threshold only as a perhaps', () => {
  expect(plain(answerText(scores, true))).toBe('anger (48 %)');
  expect(plain(answerText(scores, undefined))).toBe('anger (48 %)');
  expect(plain(answerText(scores, false))).toBe('not sure, perhaps anger (48 %)');
});

it('adds numbers, and says nothing of labels where a model has none', () => {
  expect(plain(heardText(scores, { arousal: 3.2 }, false))).toBe(
    'not sure, perhaps anger (48 %); arousal 3.20',
  );
  expect(heardText({}, { arousal: 3.2, valence: -1 }, undefined)).toBe(
    'arousal 3.20, valence -1.00',
  );
});

it('tells what was measured with as many recordings as are known, or the next fewer', () => {
  const confidence = {
    threshold: 0.55,
    measured: [
      { recordings: 10, coverage: 0.6, accuracy: 0.75 },
      { recordings: 1, coverage: 0.5, accuracy: 0.62 },
      { recordings: 3, coverage: 0.55, accuracy: 0.7 },
    ],
  };
  const told = (known: number) => plain(measuredText(confidence, known));
  expect(told(1)).toBe(
    'With 1 recording of a speaker known, answers at or above 55 % were right in 62 % of cases, ' +
      'and 50 % of all answers reach it.',
  );
  expect(told(2)).toBe(told(1));
  expect(told(9)).toContain('With 3 recordings of a speaker known');
  expect(told(9)).toContain('right in 70 % of cases, and 55 % of all');
  expect(told(25)).toContain('With 10 recordings of a speaker known');
  expect(told(0)).toBe(
    'The model counts as sure from 55 % on; how often it is right then was not measured.',
  );
});

it('tells what came of several recordings, the most frequent first', () => {
  const of = (scores: Readonly<Record<string, number>>, sure?: boolean) => ({
    result: {
      name: '',
      seconds: 1,
      scores,
      values: {},
      row: { path: '' },
      ...(sure !== undefined && { sure }),
    },
  });
  const entries = [
    of({ anger: 0.9, calm: 0.1 }, true),
    of({ anger: 0.4, calm: 0.6 }),
    of({ anger: 0.3, calm: 0.7 }),
    of({ anger: 0.5, calm: 0.5 }, false),
    { problem: new Error('bad') },
    {},
  ];
  expect(tallyText(entries)).toBe('calm 2, anger 1, not sure 1; 1 failed; 1 not heard yet');
  expect(tallyText([of({})])).toBe('');
});
