import { expect, test } from 'vitest';
import { traceEvents } from '../../src/gpu/trace.js';

test('passes that overlap share no time, and a pause belongs to none', () => {
  const at = (...microseconds: number[]) =>
    BigUint64Array.from(microseconds, (own) => BigInt(1_000_000 + 1000 * own));
  // b begins within a, c within b and ends with it, d after a pause
  const events = traceEvents(['a', 'b', 'c', 'd'], at(0, 10, 4, 30, 12, 30, 40, 45));
  expect(events).toEqual([
    { name: 'a', start: 0, duration: 10 },
    { name: 'b', start: 10, duration: 20 },
    { name: 'c', start: 30, duration: 0 },
    { name: 'd', start: 40, duration: 5 },
  ]);
});
