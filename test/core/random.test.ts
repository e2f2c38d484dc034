import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/errors.js';
import { Random, threefry2x32 } from '../../src/core/random.js';

describe('threefry2x32', () => {
  it('gives the known answers of Random123 (kat_vectors, 20 rounds)', () => {
    expect(threefry2x32(0, 0, 0, 0)).toEqual([0x6b200159, 0x99ba4efe]);
    const ones = 0xffffffff;
    expect(threefry2x32(ones, ones, ones, ones)).toEqual([0x1cb996fc, 0xbb002be7]);
    expect(threefry2x32(0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3)).toEqual([
      0xc4923a9c, 0x483df7a0,
    ]);
  });

  it('takes 32-bit integers of either sign as the same bits', () => {
    expect(threefry2x32(-1, -1, -1, -1)).toEqual([0x1cb996fc, 0xbb002be7]);
  });
});

describe('Random', () => {
  const draw = (random: Random, n: number) => Array.from({ length: n }, () => random.word());

  it('depends on seed and stream alone', () => {
    expect(draw(new Random(7, 'a'), 9)).toEqual(draw(new Random(7, 'a'), 9));
    const first = [
      [7, 'a'],
      [8, 'a'],
      [7, 'b'],
      [7 + 2 ** 32, 'a'],
      [7, ''],
      [7, 'a\0'],
    ] as const;
    const words = first.map(([seed, stream]) => new Random(seed, stream).word());
    expect(new Set(words).size).toBe(first.length);
  });

  it('keeps its numbers from one version to the next: stored runs depend on them', () => {
    expect(draw(new Random(0, 'sampler/0'), 3)).toEqual([1476069937, 3454167468, 2788484146]);
  });

  it('goes on from a stored state, at an even and an odd counter', () => {
    for (const drawn of [0, 1, 2, 5]) {
      const random = new Random(3, 'resume');
      draw(random, drawn);
      const stored = JSON.parse(JSON.stringify(random.state())) as ReturnType<Random['state']>;
      expect(stored).toEqual({ seed: 3, stream: 'resume', counter: drawn });
      expect(draw(Random.restore(stored), 6)).toEqual(draw(random, 6));
    }
  });

  it('does not repeat where the block index passes 32 bits', () => {
    const before = new Random(1, 's', 2 ** 33 - 2);
    const words = draw(before, 4);
    expect(before.state().counter).toBe(2 ** 33 + 2);
    expect(words.slice(2)).not.toEqual(draw(new Random(1, 's'), 2));
    expect(words.slice(2)).toEqual(draw(new Random(1, 's', 2 ** 33), 2));
  });

  it('next() is uniform in [0, 1) with its low bits in use', () => {
    const random = new Random(11, 'uniform');
    const counts = new Array<number>(16).fill(0);
    let lowBits = 0;
    const n = 32_000;
    for (let i = 0; i < n; i++) {
      const x = random.next();
      if (x < 0 || x >= 1) throw new Error(`draw ${i} is ${x}`);
      counts[Math.floor(x * 16)]! += 1;
      lowBits |= (x * 2 ** 32) & 0xff;
    }
    expect(lowBits).toBe(0xff);
    // Chi-squared with 15 degrees of freedom: over 37.7 in one of a thousand seeds.
    const expected = n / 16;
    const chi = counts.reduce((sum, c) => sum + (c - expected) ** 2 / expected, 0);
    expect(chi).toBeLessThan(37.7);
  });

  it('normal() has the moments of a standard normal', () => {
    const random = new Random(5, 'normal');
    const n = 40_000;
    const values = Array.from({ length: n }, () => random.normal());
    const moment = (k: number) => values.reduce((sum, x) => sum + x ** k, 0) / n;
    expect(Math.abs(moment(1))).toBeLessThan(0.02);
    expect(Math.abs(moment(2) - 1)).toBeLessThan(0.03);
    expect(Math.abs(moment(3))).toBeLessThan(0.08);
    expect(Math.abs(moment(4) - 3)).toBeLessThan(0.25);
    expect(values.every(Number.isFinite)).toBe(true);
  });

  it('integer() is unbiased where n does not divide 2^32', () => {
    // With n = 3/4 of 2^32 a plain remainder would hit the first third twice as often as the rest.
    const random = new Random(2, 'integer');
    const n = 3 * 2 ** 30;
    const draws = Array.from({ length: 12_000 }, () => random.integer(n));
    const low = draws.filter((x) => x < 2 ** 30).length / draws.length;
    expect(Math.abs(low - 1 / 3)).toBeLessThan(0.02);
    expect(Math.max(...draws)).toBeLessThan(n);
    expect(random.state().counter).toBeGreaterThan(15_000);
    expect(new Random(1, 'one').integer(1)).toBe(0);
    expect(new Random(1, 'all').integer(2 ** 32)).toBe(new Random(1, 'all').word());
  });

  it('shuffle() makes each order of three equally likely and leaves its argument alone', () => {
    const random = new Random(9, 'shuffle');
    const values = Object.freeze(['a', 'b', 'c']);
    const counts = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const order = random.shuffle(values).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(130);
    expect(random.shuffle([])).toEqual([]);
  });

  it('refuses seeds, counters and ranges that it cannot use', () => {
    for (const seed of [-1, 1.5, NaN, 2 ** 53]) {
      expect(() => new Random(seed, 's')).toThrow(UsageError);
      expect(() => new Random(0, 's', seed)).toThrow(UsageError);
    }
    for (const n of [0, -1, 2.5, 2 ** 32 + 1]) {
      expect(() => new Random(0, 's').integer(n)).toThrow(`cannot draw one of ${n} numbers`);
    }
  });
});
