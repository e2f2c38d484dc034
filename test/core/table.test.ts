import { expect, it } from 'vitest';
import { parseCsv } from '../../src/core/csv.js';
import { FormatError } from '../../src/core/errors.js';
import { tableOf } from '../../src/core/table.js';

const read = (text: string, optional?: readonly string[]) =>
  tableOf(parseCsv(text, 't.csv'), 't.csv', {
    required: ['path', 'label'],
    ...(optional === undefined ? {} : { optional }),
  });

it('names cells by the header, in any order, with lines', () => {
  const { columns, rows } = read(' label ,path,more\nl1,p1,m1\n\nl2,p2,\n');
  expect(columns).toEqual(['label', 'path', 'more']);
  expect(rows).toEqual([
    { line: 2, cells: { label: 'l1', path: 'p1', more: 'm1' } },
    { line: 4, cells: { label: 'l2', path: 'p2', more: '' } },
  ]);
});

it.each([
  ['', 't.csv: no header, the file is empty'],
  ['path,x\n', 't.csv, line 1: the header lacks column "label"'],
  ['x\n', 't.csv, line 1: the header lacks columns "path", "label"'],
  ['path,label,path\n', 't.csv, line 1: the header repeats column "path"'],
  ['path,label,spilt\n', 't.csv, line 1: the header has the unknown column "spilt"'],
  ['path,label\np,l\n\np\n', 't.csv, line 4: 1 values for 2 columns'],
  ['path,label\np,l,m\n', 't.csv, line 2: 3 values for 2 columns'],
])('refuses %j', (text, message) => {
  expect(() => read(text, ['split'])).toThrow(FormatError);
  expect(() => read(text, ['split'])).toThrow(message);
});

it('says which columns there may be', () => {
  let hint = '';
  try {
    read('path\n', ['split']);
  } catch (error) {
    hint = (error as FormatError).hint;
  }
  expect(hint).toBe('The columns are path, label, [split].');
});
