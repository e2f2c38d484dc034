import { expect, test } from 'vitest';
import { names as listed } from '../../src/cli/options/lists.js';
import { listName, listOption, nameList } from '../../src/core/names.js';

test('names are shown as lists take them', () => {
  const names = ['KS0', 'Smith, Ann', 'a=b', '"c"', 'a"b, "', ' d ', 'O"Neil', "O'Neil", 'e f'];
  expect(nameList(names)).toBe(
    `KS0, "Smith, Ann", "a=b", """c""", "a""b, """, " d ", O"Neil, O'Neil, e f`,
  );
  expect(listed(names.map(listName).join(','))).toEqual(names);
});

test('an option is shown as a shell takes it', () => {
  expect(listOption('--emotions', ['joy', 'żal'])).toBe('--emotions joy,żal');
  expect(listOption('--emotions', ['a, b', 'c'])).toBe(`--emotions '"a, b",c'`);
  expect(listOption('--emotions', ["it's"])).toBe(`--emotions 'it'\\''s'`);
});
