import { expect, it } from 'vitest';
import { parseCsv } from '../../src/core/csv.js';
import type { Prediction } from '../../src/index.js';
import { columnsOf } from '../../src/results/columns.js';
import { csvHead, csvRows } from '../../src/results/csv.js';
import { textOfCell } from '../../src/core/csv-cells.js';
import { failedRow, rowOf } from '../../src/results/row.js';
import { tinyModel } from '../model/tiny-model.js';

const prediction: Prediction = {
  tasks: { emotion: { label: 'anger', scores: { anger: 0.75, neutral: 0.25 } } },
  seconds: 1.5,
  attention: Float32Array.of(0.25, 0.75),
};

it('writes any name so that it can be read back, and none as a formula', () => {
  const names = ['=cmd("x").wav', 'a "quoted", name.wav', "'=1.wav", 'two\nlines.wav', 'plain.wav'];
  const columns = columnsOf([tinyModel()]);
  const rows = [
    ...names.map((name) => rowOf(name, prediction)),
    failedRow('-bad.wav', new Error('bad.wav:\n  =SUM(1)')),
  ];
  const text = csvHead(columns) + csvRows(columns, rows);
  const [head, ...records] = parseCsv(text, 'text').map(({ fields }) => fields);
  expect(head?.[0]).toBe('path');
  expect(records.map(([path = '']) => textOfCell(path))).toEqual([...names, '-bad.wav']);
  expect(records.every(([path = '']) => !/^[=+\-@]/.test(path))).toBe(true);
  expect(records[0]).toHaveLength(head?.length ?? 0);
  expect(records.at(-1)?.at(-1)).toBe('bad.wav: =SUM(1)');
});

it('keeps the attention of a row only where it is wanted', () => {
  expect(rowOf('a.wav', prediction)['attention']).toEqual([0.25, 0.75]);
  expect(rowOf('a.wav', prediction, false)).toEqual({
    path: 'a.wav',
    emotion: prediction.tasks['emotion'],
    seconds: 1.5,
  });
});
