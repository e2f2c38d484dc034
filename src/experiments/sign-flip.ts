import { Random } from '../core/random.js';
import { sum } from '../core/sum.js';
import { checkUnits, tieTolerance } from './units.js';

/** Up to so many units, all signs are tried. */
const MOST_EXACT = 20;
/** Draws of signs for more units. */
const DRAWS = 100_000;

/**
 * Two-sided p of the sign-flip test (paired randomisation): how often the sum of the differences is
 * at least as far from zero as the observed one if each could have had either sign. All 2^n signs are
 * tried for up to 20 units; for more, 100,000 are drawn, and the observed one is counted too, so that
 * p is never 0. The smallest p of n units is 2 / 2^n: 0.0625 for five.
 *
 * @param differences paired, one for each unit
 * @param seed of the draws
 * @throws UsageError for no difference or one that is not finite
 */
export function signFlipTest(differences: readonly number[], seed = 0): number {
  checkUnits(differences);
  const least = Math.abs(sum(differences)) - tieTolerance(differences);
  return differences.length <= MOST_EXACT
    ? exactShare(differences, least)
    : drawnShare(differences, least, new Random(seed, 'sign-flip'));
}

/** Share of all sign choices whose sum is at least so far from zero. */
function exactShare(differences: readonly number[], least: number): number {
  const farFrom = (at: number, total: number): number => {
    const difference = differences[at];
    if (difference === undefined) return Math.abs(total) >= least ? 1 : 0;
    return farFrom(at + 1, total + difference) + farFrom(at + 1, total - difference);
  };
  // Flipping all signs gives the same distance, so the first sign is fixed.
  return farFrom(1, differences[0] ?? NaN) / 2 ** (differences.length - 1);
}

/** Estimate of it with random signs. */
function drawnShare(differences: readonly number[], least: number, random: Random): number {
  let far = 0;
  for (let draw = 0; draw < DRAWS; draw++) {
    let total = 0;
    let bits = 0;
    for (const [i, difference] of differences.entries()) {
      bits = i % 32 === 0 ? random.word() : bits >>> 1;
      total += bits & 1 ? difference : -difference;
    }
    if (Math.abs(total) >= least) far++;
  }
  return (1 + far) / (1 + DRAWS);
}
