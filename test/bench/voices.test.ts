/** The tables of the models that come along, and what the models say of themselves, are those of their evaluations. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { readEvaluations, resultsTable, tablesOf, withMarked } from '../../tools/voices/table.js';
import { confidenceOf } from '../../tools/voices/measures.js';

const folder = 'bench/experiments/voices';
const evaluations = readEvaluations(folder);

test.each([
  ['README.md', 'voices'],
  [join(folder, 'README.md'), 'voices'],
  [join(folder, 'README.md'), 'sounds'],
])('%s has the table of %s that its evaluations give', (file, key) => {
  const text = readFileSync(file, 'utf8');
  expect(withMarked(text, key, tablesOf(evaluations)[key] ?? '')).toBe(text);
});

const shipped = readdirSync('src/voices');

test('every model that comes along was evaluated, and every evaluation is of one', () => {
  expect(Object.keys(evaluations).sort()).toEqual(shipped.sort());
});

describe.each(shipped)('%s', (name) => {
  const text = (file: string): string => readFileSync(join('src/voices', name, file), 'utf8');

  it('is sure from the threshold on that was measured', () => {
    const { confidence } = JSON.parse(text('config.json')) as { confidence: unknown };
    expect(confidence).toEqual({ emotion: confidenceOf(evaluations[name]!) });
  });

  it('is under 400 kB, with its card and its terms', () => {
    const bytes = ['config.json', 'model.safetensors'].map(
      (file) => readFileSync(join('src/voices', name, file)).length,
    );
    expect(bytes.reduce((a, b) => a + b)).toBeLessThan(400_000);
    expect(text('README.md')).toContain('Not for decisions about people');
    expect(existsSync(join('src/voices', name, 'LICENSE'))).toBe(true);
  });
});

test('a table has a row for each group of speech, and a blank where a model was not asked', () => {
  const [[name, evaluation] = ['', undefined]] = Object.entries(evaluations);
  const { corpora, ...rest } = evaluation!;
  const other = { ...rest, corpora: { fit: {}, check: {} }, speakers: {} };
  const table = resultsTable({ [name]: evaluation!, other });
  expect(table).toContain('| speech | not heard before |');
  const [corpus = ''] = Object.keys(corpora.fit).map((key) => key.split(' ')[0]);
  const row = table.split('\n').find((line) => line.toLowerCase().includes(corpus)) ?? '';
  expect(row).toMatch(/\| 0\.\d\d · 0\.\d\d +\| +\|$/);
});

test('a text without the marks is refused', () => {
  expect(() => withMarked('no marks', 'voices', '')).toThrow('has no marks <!-- voices -->');
});
