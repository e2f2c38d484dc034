import { describe, expect, it } from 'vitest';
import { apart } from '../../../src/report/experiment/apart.js';
import { fileNames } from '../../../src/report/experiment/cells.js';
import { experimentMarkdown, experimentText } from '../../../src/report/experiment/text.js';
import { points, pText } from '../../../src/report/experiment/words.js';
import { axisLabels } from '../../../src/report/draw/labels.js';
import { sample, sampleOf, speakerNames } from './sample.js';

const few = sampleOf({
  cells: ['LSTM', 'A|LSTM <b>'],
  speakers: speakerNames(3),
  seeds: [1],
  examples: 0,
});

describe('experimentText', () => {
  it('aligns the scores of each cell and their differences from the baseline', () => {
    const lines = experimentText(sample).split('\n');
    const table = lines.slice(lines.findIndex((line) => line.startsWith('cell')));
    expect(table[0]).toMatch(/^cell +MAF +MAP +accuracy +UAR +parameters +runs$/);
    expect(table[1]).toMatch(/^LSTM +58\.1\u00a0% \([\d.]+ to [\d.]+\) .* 131,205 +27$/);
    expect(new Set(table.slice(0, 5).map((line) => line.length)).size).toBe(1);
    expect(lines).toContain('Difference from LSTM, in percentage points:');
    expect(lines.filter((line) => / UAR {2}\+.* {2}0\.\d{3}$/.test(line))).toHaveLength(3);
    expect(lines.join()).not.toContain('Incomplete');
  });

  it('has neither interval nor p for fewer than 5 speakers, and says so', () => {
    const text = experimentText(few);
    expect(text).not.toMatch(/\(-?[\d.]+ to|\bp$/m);
    expect(text).toContain('only 3 speakers were tested');
  });

  it('lists missing runs, the first ten of many', () => {
    const missing = Array.from({ length: 12 }, (_, i) => `LSTM F0${i}\u001b 1`);
    const text = experimentText({ ...few, missing });
    expect(text).toContain('Incomplete: 6 of 18 runs done. Missing:\n  LSTM F00\u{fffd} 1\n');
    expect(text).toContain('  and 2 more');
    expect(text).not.toContain('LSTM F010');
    expect(text).not.toContain('\u001b');
  });

  it('has no differences for one cell', () => {
    const one = sampleOf({ cells: ['LSTM'], speakers: speakerNames(9), seeds: [1], examples: 0 });
    expect(experimentText(one)).not.toContain('Difference');
    expect(experimentMarkdown(one)).not.toContain('Difference');
  });
});

describe('experimentMarkdown', () => {
  it('is a table whose rows have as many cells as its header, whatever the names', () => {
    const text = experimentMarkdown({ ...few, missing: ['a'] });
    const rows = text.split('\n').filter((line) => line.startsWith('|'));
    const columns = rows.map((row) => row.split(/(?<!\\)\|/).length - 2);
    expect(columns).toEqual([7, 7, 7, 7, 4, 4, 4, 4, 4, 4]);
    expect(text).toContain('A\\|LSTM \\<b\\>');
    expect(text).toContain('**Incomplete: 6 of 7 runs done.**');
  });

  it('does not begin HTML by a small p', () => {
    const comparisons = sample.comparisons.map((one) => ({ ...one, p: 0.0002 }));
    expect(experimentMarkdown({ ...sample, comparisons })).toContain('| \\< 0.001 |');
  });

  it('escapes the names in a sentence, and leaves the rest of it as it is', () => {
    const [svm, cell] = ['svm <i>', 'A|LSTM'];
    const [first] = few.cells;
    const [compared] = sample.comparisons;
    const text = experimentMarkdown({
      ...few,
      cells: [{ ...first!, name: svm }],
      againstSvm: [{ ...compared!, cell, baseline: svm, difference: 0.02, interval: [0.01, 0.03] }],
      prior: { rows: [], warning: 'only for a known balance', shares: { 'sad|<b>': 1 } },
    });
    expect(text).toContain('- The support vector classifier svm \\<i\\> has a UAR of ');
    expect(text).toContain('- A\\|LSTM beats it: +2.0 points (+1.0 to +3.0).');
    expect(text).toContain('The shares: sad\\|\\<b\\> 100.0\u00a0%.');
  });
});

describe('words', () => {
  it('signs differences, and not what rounds to nothing', () => {
    expect([0.0211, -0.0211, 0.0001, -0.0001].map(points)).toEqual([
      '+2.1',
      '−2.1',
      '±0.0',
      '±0.0',
    ]);
    expect(points(NaN)).toBe('–');
    expect([pText(0.0004), pText(0.0312)]).toEqual(['p < 0.001', 'p = 0.031']);
  });
});

describe('fileNames', () => {
  it('keeps what is plain, and makes each one its own', () => {
    const names = ['A-LSTM', 'a lstm', '../..', 'É', '长'];
    expect(fileNames(names.map((name) => ({ name })))).toEqual([
      ...['a-lstm', 'a-lstm-2', 'cell-3', 'e', 'cell-5'],
    ]);
  });
});

describe('axisLabels', () => {
  it('shortens at the end, but inside where labels begin alike', () => {
    const begin = 'the same long beginning';
    expect(axisLabels(['short', 'one long label here']).texts).toEqual(['short', 'one long labe…']);
    expect(axisLabels([`${begin} 1`, `${begin} 2`]).texts).toEqual([
      'the sa…nning 1',
      'the sa…nning 2',
    ]);
  });
});

describe('apart', () => {
  it('leaves what is apart, and parts what is not, within the range', () => {
    expect(apart([1, 5, 9], 2, [0, 10])).toEqual([1, 5, 9]);
    expect(apart([5, 5, 5], 2, [0, 10])).toEqual([3, 5, 7]);
    expect(apart([9, 10, 10], 2, [0, 10])).toEqual([6, 8, 10]);
    expect(apart([], 2, [0, 10])).toEqual([]);
  });
});
