import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/errors.js';
import { Random } from '../../src/core/random.js';
import { correctEachSpeaker, correctToPrior, sharesOf } from '../../src/metrics/prior.js';

function means(rows: readonly Float64Array[]): number[] {
  return [...rows[0]!.keys()].map((c) => rows.reduce((sum, row) => sum + row[c]!, 0) / rows.length);
}

describe('a correction to a known prior', () => {
  it('by hand: two recordings, two classes', () => {
    // w p / (w p + 1 - p) of 0.9 and 0.6 have the sum 1 where w² = (0.1 · 0.4) / (0.9 · 0.6)
    const w = Math.sqrt((0.1 * 0.4) / (0.9 * 0.6));
    const [a, b] = correctToPrior(
      [
        [0.9, 0.1],
        [0.6, 0.4],
      ],
      [0.5, 0.5],
    );
    expect(a![0]).toBeCloseTo((w * 0.9) / (w * 0.9 + 0.1), 8);
    expect(b![0]).toBeCloseTo((w * 0.6) / (w * 0.6 + 0.4), 8);
    expect(a![0]! + b![0]!).toBeCloseTo(1, 8);
  });

  it('has the shares as means, and keeps the odds between recordings', () => {
    const random = new Random(3, 'prior');
    const rows = Array.from({ length: 40 }, () => {
      const raw = [0, 1, 2].map((c) => Math.exp(2 * random.normal() + c));
      const total = raw.reduce((sum, x) => sum + x, 0);
      return raw.map((x) => x / total);
    });
    const shares = [0.2, 0.5, 0.3];
    const out = correctToPrior(rows, shares);
    means(out).forEach((mean, c) => expect(mean).toBeCloseTo(shares[c]!, 7));
    // each class is multiplied by one factor, the same for all recordings
    const factor = (i: number) => (out[i]![0]! / out[i]![1]!) * (rows[i]![1]! / rows[i]![0]!);
    for (const i of rows.keys()) expect(factor(i) / factor(0)).toBeCloseTo(1, 9);
  });

  it('is done for each speaker alone', () => {
    const a = [
      [0.9, 0.1],
      [0.8, 0.2],
    ];
    const b = [
      [0.3, 0.7],
      [0.4, 0.6],
    ];
    const rows = [a[0]!, b[0]!, a[1]!, b[1]!];
    const out = correctEachSpeaker(rows, ['a', 'b', 'a', 'b'], [0.5, 0.5]);
    const [a0, a1] = correctToPrior(a, [0.5, 0.5]);
    const [b0, b1] = correctToPrior(b, [0.5, 0.5]);
    expect(out).toEqual([a0, b0, a1, b1]);
  });

  it('leaves a class that no recording can be, and no recording, as they are', () => {
    const [row] = correctToPrior([[1, 0]], [0.5, 0.5]);
    expect([...row!]).toEqual([1, 0]);
    expect(correctToPrior([], [0.5, 0.5])).toEqual([]);
  });
});

describe('shares of the labels', () => {
  const labels = ['anger', 'joy'];

  it('are even, or as given, with sum 1', () => {
    expect(sharesOf('uniform', labels)).toEqual([0.5, 0.5]);
    expect(sharesOf({ joy: 3, anger: 1 }, labels)).toEqual([0.25, 0.75]);
  });

  it.each([
    [{ anger: 1 }, 'the prior has no share of joy'],
    [{ anger: 1, joy: 1, fear: 1 }, 'the prior has a share of "fear", which is no label'],
    [{ anger: 1, joy: 0 }, "the prior's share of joy is 0"],
  ])('are refused: %j', (prior, message) => {
    expect(() => sharesOf(prior, labels)).toThrow(UsageError);
    expect(() => sharesOf(prior, labels)).toThrow(message);
  });
});
