import { expect, it } from 'vitest';
import { sortedBy } from '../../src/web/sorting.js';

const rows = [
  { name: 'take 10', share: 0.2 },
  { name: 'take 2', share: undefined },
  { name: 'Ärger', share: 0.7 },
  { name: 'zoo', share: 0.2 },
];
const names = (sorted: typeof rows) => sorted.map(({ name }) => name);

it('sorts names as people do: numbers as numbers, letters with marks beside those without', () => {
  const up = sortedBy(rows, ({ name }) => name, 'ascending', 'de');
  expect(names(up)).toEqual(['Ärger', 'take 2', 'take 10', 'zoo']);
  const down = sortedBy(rows, ({ name }) => name, 'descending', 'de');
  expect(names(down)).toEqual(['zoo', 'take 10', 'take 2', 'Ärger']);
});

it('puts what has no value last both ways, and leaves equal rows in their order', () => {
  const up = sortedBy(rows, ({ share }) => share, 'ascending', 'en');
  expect(names(up)).toEqual(['take 10', 'zoo', 'Ärger', 'take 2']);
  const down = sortedBy(rows, ({ share }) => share, 'descending', 'en');
  expect(names(down)).toEqual(['Ärger', 'take 10', 'zoo', 'take 2']);
});
