import { expect, it } from 'vitest';
import { byCodePoint, sortedUnique } from '../../src/core/order.js';

it('orders by code point, not by UTF-16 unit or locale', () => {
  const sorted = ['', 'B', 'Ba', 'a', 'z', 'ä', 'ż', '\ue000', '\uffff', '\u{10000}', '\u{1f600}'];
  expect([...sorted].reverse().sort(byCodePoint)).toEqual(sorted);
  // The reference: spread into code points and compare as numbers.
  const reference = [...sorted].sort((a, b) => {
    const [x, y] = [
      Array.from(a, (c) => c.codePointAt(0)!),
      Array.from(b, (c) => c.codePointAt(0)!),
    ];
    const at = x.findIndex((n, i) => n !== y[i]);
    return at === -1 || y[at] === undefined ? x.length - y.length : x[at]! - y[at];
  });
  expect(reference).toEqual(sorted);
});

it('drops repetitions', () => {
  expect(sortedUnique(['b', 'a', 'b', ''])).toEqual(['', 'a', 'b']);
});
