import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/errors.js';
import { bootstrapInterval } from '../../src/experiments/bootstrap.js';
import { normalCumulative, normalQuantile } from '../../src/core/normal.js';
import { signFlipTest } from '../../src/experiments/sign-flip.js';
import { compare, estimate, MIN_UNITS } from '../../src/experiments/statistics.js';

type Ends = readonly [number, number];

/** Values of SciPy: tools/oracle/statistics_fixtures.py. */
function fixture(name: string): unknown {
  const path = new URL(`../fixtures/statistics/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(path, 'utf8'));
}

const bootstrap = fixture('bootstrap') as {
  readonly cases: readonly {
    readonly name: string;
    readonly values: readonly number[];
    readonly level: number;
    /** SciPy's seeds; mean and standard deviation of the ends over them, at 10,000 resamples. */
    readonly seeds: number;
    readonly mean: Ends;
    readonly deviation: Ends;
  }[];
  readonly normal: Readonly<Record<'cumulative' | 'quantile', readonly Ends[]>>;
};

const strata = fixture('bootstrap-strata') as {
  readonly cases: readonly {
    readonly name: string;
    readonly values: readonly number[];
    readonly strata: readonly string[];
    readonly seeds: number;
    readonly mean: Ends;
    readonly deviation: Ends;
  }[];
};

const signFlip = fixture('sign-flip') as {
  readonly cases: readonly {
    readonly name: string;
    readonly differences: readonly number[];
    readonly p: number;
  }[];
  readonly sampled: { readonly differences: readonly number[]; readonly p: number };
};

describe('the normal distribution', () => {
  it.each(bootstrap.normal.cumulative)('share below %d', (x, share) => {
    expect(normalCumulative(x)).toBeCloseTo(share, 14);
  });

  it.each(bootstrap.normal.quantile)('quantile %d', (share, x) => {
    expect(normalQuantile(share)).toBeCloseTo(x, 6);
    expect(normalCumulative(normalQuantile(share))).toBeCloseTo(share, 14);
  });

  it('has no end, and NaN of NaN', () => {
    expect(normalCumulative(NaN)).toBeNaN();
    expect([normalQuantile(0), normalQuantile(1)]).toEqual([-Infinity, Infinity]);
    expect([normalCumulative(-40), normalCumulative(40)]).toEqual([0, 1]);
  });
});

describe('bootstrapInterval', () => {
  it.each(bootstrap.cases)(
    'agrees with scipy.stats.bootstrap, BCa: $name',
    ({ values, level, seeds, mean, deviation }) => {
      const ours = 8;
      const drawn = Array.from({ length: ours }, (_, seed) =>
        bootstrapInterval(values, { seed, level }),
      );
      for (const end of [0, 1] as const) {
        const average = drawn.reduce((sum, ends) => sum + ends[end], 0) / ours;
        // Four standard errors of the difference of both averages.
        const tolerance = 4 * deviation[end] * Math.sqrt(1 / ours + 1 / seeds);
        expect(Math.abs(average - mean[end]), `end ${end}`).toBeLessThan(tolerance);
      }
    },
  );

  it.each(strata.cases)(
    'agrees with scipy.stats.bootstrap of several samples: $name',
    ({ values, strata: of, seeds, mean, deviation }) => {
      const ours = 8;
      const drawn = Array.from({ length: ours }, (_, seed) =>
        bootstrapInterval(values, { seed, strata: of }),
      );
      for (const end of [0, 1] as const) {
        const average = drawn.reduce((sum, ends) => sum + ends[end], 0) / ours;
        const tolerance = 4 * deviation[end] * Math.sqrt(1 / ours + 1 / seeds);
        expect(Math.abs(average - mean[end]), `end ${end}`).toBeLessThan(tolerance);
      }
      const [low, high] = bootstrapInterval(values, { seed: 0 });
      expect(drawn[0]![1] - drawn[0]![0]).toBeLessThan(high - low); // what differs between samples is no error
    },
  );

  it('of strata that do not vary is their mean', () => {
    const options = { seed: 0, strata: ['a', 'a', 'b', 'b'] };
    expect(bootstrapInterval([1, 1, 3, 3], options)).toEqual([2, 2]);
    expect(() => bootstrapInterval([1, 1, 3], options)).toThrow('4 strata for 3 units');
  });

  it('is the same by seed, and another by another seed', () => {
    const values = [0.41, 0.52, 0.47, 0.6, 0.44, 0.58];
    const once = bootstrapInterval(values, { seed: 3 });
    expect(bootstrapInterval(values, { seed: 3 })).toEqual(once);
    expect(bootstrapInterval(values, { seed: 4 })).not.toEqual(once);
  });

  it('holds the mean, and grows with the level', () => {
    const values = [0.1, 0.5, 0.2, 0.9, 0.4];
    const at = (level: number) => bootstrapInterval(values, { seed: 0, level });
    const [narrow, wide] = [at(0.5), at(0.99)];
    expect(narrow[0]).toBeLessThan(0.42);
    expect(narrow[1]).toBeGreaterThan(0.42);
    expect(wide[0]).toBeLessThan(narrow[0]);
    expect(wide[1]).toBeGreaterThan(narrow[1]);
  });

  it('is the point where all values are equal, or there is one', () => {
    expect(bootstrapInterval([0.3, 0.3, 0.3], { seed: 0 })).toEqual([0.3, 0.3]);
    expect(bootstrapInterval([0.7], { seed: 0 })).toEqual([0.7, 0.7]);
  });

  it('is a point for one resample, on whichever side of the mean', () => {
    const points = Array.from({ length: 8 }, (_, seed) => {
      const [low, high] = bootstrapInterval([1, 2, 4], { seed, resamples: 1 });
      expect(low).toBe(high);
      return low;
    });
    expect(Math.min(...points)).toBeLessThan(7 / 3);
    expect(Math.max(...points)).toBeGreaterThan(7 / 3);
  });

  it('scales with the values, down to where their squares vanish', () => {
    const values = [1, 2, 5, 3];
    const tiny = 2 ** -700;
    const scaled = bootstrapInterval(
      values.map((x) => x * tiny),
      { seed: 0 },
    );
    expect(scaled).toEqual(bootstrapInterval(values, { seed: 0 }).map((x) => x * tiny));
  });

  it('stays among values that differ by rounding alone', () => {
    const [low, high] = bootstrapInterval([0.3, 0.3, 0.1 + 0.2], { seed: 0 });
    expect(low).toBeCloseTo(0.3, 15);
    expect(high).toBeCloseTo(0.3, 15);
  });

  it('reaches to the farthest resample at a level next to 1, where the correction has no bound', () => {
    const values = [0, 0, 0, 0, 0, 0, 0, 1];
    const [low, high] = bootstrapInterval(values, { seed: 0, level: 1 - 1e-15 });
    expect(low).toBe(0);
    expect(high).toBeGreaterThanOrEqual(0.5);
  });

  it.each([
    ['no value', [], {}, 'no unit'],
    ['NaN', [1, NaN], {}, 'unit 1: the value NaN is not finite'],
    ['infinity', [Infinity], {}, 'unit 0: the value Infinity is not finite'],
    ['no resamples', [1, 2], { resamples: 0 }, 'cannot draw 0 resamples'],
    ['half a resample', [1, 2], { resamples: 1.5 }, 'cannot draw 1.5 resamples'],
    ['level 1', [1, 2], { level: 1 }, 'the level 1 is not between'],
    ['level NaN', [1, 2], { level: NaN }, 'the level NaN is not between'],
    ['a seed that is none', [1, 2], { seed: -1 }, 'the seed -1'],
  ])('refuses %s', (_, values, options, message) => {
    const call = () => bootstrapInterval(values, { seed: 0, ...options });
    expect(call).toThrow(UsageError);
    expect(call).toThrow(message);
  });
});

describe('signFlipTest', () => {
  it.each(signFlip.cases)('agrees with SciPy: $name', ({ differences, p }) => {
    expect(signFlipTest(differences)).toBeCloseTo(p, 14);
    expect(signFlipTest(differences.map((d) => -d))).toBeCloseTo(p, 14);
  });

  it('draws signs for more than 20 units', () => {
    const { differences, p } = signFlip.sampled;
    const got = signFlipTest(differences, 1);
    const error = Math.sqrt((p * (1 - p)) / 100_000);
    expect(Math.abs(got - p)).toBeLessThan(4 * error);
    expect(signFlipTest(differences, 1)).toBe(got);
    expect(signFlipTest(differences, 2)).not.toBe(got);
  });

  it('tries all signs of 20 units', () => {
    expect(signFlipTest(new Array<number>(20).fill(0.01))).toBe(2 / 2 ** 20);
  });

  it('never gives 0: the observed signs are among the drawn', () => {
    expect(signFlipTest(new Array<number>(40).fill(1))).toBe(1 / 100_001);
  });

  it('gives 1 for one unit, and where nothing differs', () => {
    expect(signFlipTest([0.4])).toBe(1);
    expect(signFlipTest([0, 0, 0, 0, 0])).toBe(1);
    expect(signFlipTest(new Array<number>(25).fill(0))).toBe(1);
  });

  it('counts ties that rounding parts', () => {
    // 0.1 + 0.2 - 0.3 is not 0 in doubles, nor are both orders of a sum the same.
    expect(signFlipTest([0.1, 0.2, -0.3])).toBe(1);
  });

  it('refuses NaN and no difference', () => {
    expect(() => signFlipTest([1, NaN])).toThrow(UsageError);
    expect(() => signFlipTest([])).toThrow('no unit');
  });
});

describe('estimate and compare', () => {
  const baseline = [0.4, 0.45, 0.5, 0.42, 0.48, 0.51];
  const gains = [0.03, 0.05, 0.01, 0.04, -0.01, 0.02];
  const cell = baseline.map((x, i) => x + (gains[i] ?? NaN));

  it('give an interval and p from five units on', () => {
    expect(MIN_UNITS).toBe(5);
    expect(estimate([1, 2, 3, 4], 0)).toEqual({ mean: 2.5 });
    expect(estimate([1, 2, 3, 4, 5], 0)).toEqual({
      mean: 3,
      interval: bootstrapInterval([1, 2, 3, 4, 5], { seed: 0 }),
    });
    expect(Object.keys(compare([1, 2, 3, 4], [1, 2, 3, 5], 0))).toEqual([
      'difference',
      'relative',
      'units',
    ]);
  });

  it('take the differences unit by unit', () => {
    const got = compare(cell, baseline, 0);
    expect(got.units).toBe(6);
    expect(got.difference).toBeCloseTo(0.14 / 6, 12);
    expect(got.relative).toBeCloseTo(0.14 / 2.76, 12);
    expect(got.p).toBe(signFlipTest(gains));
    const [low = NaN, high = NaN] = got.interval ?? [];
    const alone = bootstrapInterval(gains, { seed: 0 });
    expect(low).toBeCloseTo(alone[0], 12);
    expect(high).toBeCloseTo(alone[1], 12);
    expect(low).toBeGreaterThan(0);
  });

  it('turn with the sides', () => {
    const there = compare(cell, baseline, 0);
    const back = compare(baseline, cell, 0);
    expect(back.difference).toBeCloseTo(-there.difference, 12);
    expect(back.p).toBe(there.p);
  });

  it('find nothing between a cell and itself', () => {
    expect(compare(cell, cell, 0)).toEqual({
      difference: 0,
      relative: 0,
      interval: [0, 0],
      p: 1,
      units: 6,
    });
  });

  it('refuse units that do not pair, or have no value', () => {
    expect(() => compare(cell, baseline.slice(1), 0)).toThrow('6 units of the cell for 5');
    expect(() => compare([NaN, 1], [1, 1], 0)).toThrow(UsageError);
    expect(() => compare([1, 1], [1, NaN], 0)).toThrow('unit 1');
    expect(() => estimate([], 0)).toThrow(UsageError);
    expect(() => estimate([NaN], 0)).toThrow(UsageError);
  });
});
