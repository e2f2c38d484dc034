/** What the models that come along say of themselves is what their evaluations found; so is every committed table and figure. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { readOverview, reportPages, writeReport } from '../../bench/report.js';
import { NodeFiles } from '../../src/platform/node/files.js';
import { readEvaluations, resultsTable } from '../../tools/voices/table.js';
import { confidenceOf } from '../../tools/voices/measures.js';

const folder = 'bench/experiments/voices';
const evaluations = readEvaluations(folder);

test('every committed table and figure is the one that the committed results give', async () => {
  const files = new NodeFiles();
  files.write = () => Promise.resolve(); // what would be written is reported all the same
  const overview = await readOverview(files, 'bench/results');
  expect(Object.keys(overview.figures)).toHaveLength(2);
  expect(await writeReport(files, 'bench/results', reportPages, overview)).toEqual([]);
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
