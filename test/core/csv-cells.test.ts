import { expect, it } from 'vitest';
import { safeCell, textOfCell } from '../../src/core/csv-cells.js';
import { Random } from '../../src/core/random.js';

it.each([
  ['=1+1', "'=1+1"],
  ["'=1", "''=1"],
  [' \u00a0=1', " \u00a0'=1"],
  ['"=1', `"'=1`],
  ['\t@SUM(1)', "'\t'@SUM(1)"],
  ['＝1', "'＝1"],
  ['-1', "'-1"], // with semicolons a number may be the beginning of a formula: -1,*A1
  ['a;=1', "a;'=1"], // where semicolons separate
  ['a\n-b', "a\n'-b"],
  ['-take 1.wav', "'-take 1.wav"],
])('makes of %j the cell %j', (text, cell) => {
  expect(safeCell(text)).toBe(cell);
});

it.each(['1', 'a=b', 'a -b', "o'clock", '', 'take;1'])('leaves %j as it is', (text) =>
  expect(safeCell(text)).toBe(text),
);

it('gives any text back', () => {
  const alphabet = ['=', '-', "'", '"', ' ', ';', '\t', '\n', '\r', 'a', '1', '.', 'e', '＋'];
  const random = new Random(1, 'cells');
  for (let i = 0; i < 20_000; i++) {
    const text = Array.from({ length: random.integer(8) }, () => alphabet[random.integer(14)]);
    const whole = text.join('');
    expect(textOfCell(safeCell(whole)), JSON.stringify(whole)).toBe(whole);
  }
});

it('reads a megabyte at once', () => {
  for (const part of ['\t', ' ', "'", '"', ';', ';=']) {
    const text = part.repeat(1_000_000 / part.length);
    expect(textOfCell(safeCell(text)).length).toBe(text.length);
  }
});
