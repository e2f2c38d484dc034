import { UsageError } from '../core/errors.js';

/** Shares of the classes among recordings: the same for all, or by label. */
export type ClassPrior = 'uniform' | Readonly<Record<string, number>>;

/** What a correction to a prior takes for granted: shown wherever one is used. */
export const PRIOR_WARNING =
  'corrected to given shares of the labels: this assumes that each speaker shows them in these shares in the ' +
  'recordings at hand; acted corpora do, people do not';

/** Change of the shares at which the iteration ends. */
const TOLERANCE = 1e-9;
/** Rounds, where a share cannot be reached. */
const ROUNDS = 1000;

/**
 * The shares of a prior, [C], with sum 1.
 *
 * @param labels name of each class
 * @throws UsageError for shares of other labels, or that are not positive numbers
 */
export function sharesOf(prior: ClassPrior, labels: readonly string[]): number[] {
  if (prior === 'uniform') return labels.map(() => 1 / labels.length);
  const known = `The labels are ${labels.join(', ')}.`;
  const strange = Object.keys(prior).find((label) => !labels.includes(label));
  if (strange !== undefined) {
    throw new UsageError(
      `the prior has a share of ${JSON.stringify(strange)}, which is no label`,
      known,
    );
  }
  const shares = labels.map((label) => {
    const share = prior[label];
    if (share === undefined) throw new UsageError(`the prior has no share of ${label}`, known);
    if (share > 0 && share < Infinity) return share;
    throw new UsageError(`the prior's share of ${label} is ${share}`, 'Give numbers above 0.');
  });
  const total = shares.reduce((sum, share) => sum + share, 0);
  return shares.map((share) => share / total);
}

/**
 * Probabilities of a group of recordings, corrected to a known prior: those of each class are multiplied by
 * its share over their mean, and each recording's are scaled to sum 1 again, until the means are the shares.
 * One round is the correction to new priors of Saerens, Latinne and Decaestecker (*Adjusting the outputs of a
 * classifier to new a priori probabilities*, Neural Computation 14, 2002, Eq. 2.4), the old prior being the mean
 * of the outputs; to repeat it is their EM with the prior held, and iterative proportional fitting.
 *
 * @example
 * const [corrected] = correctToPrior([[0.5, 0.5]], [0.2, 0.8]);
 * console.log(corrected?.[1]); // 0.8
 *
 * @param probabilities of each recording of one speaker, [N][C]
 * @param shares [C], above 0, with sum 1
 * @returns [N][C]; the same for no recording
 */
export function correctToPrior(
  probabilities: readonly ArrayLike<number>[],
  shares: readonly number[],
): Float64Array[] {
  const rows = probabilities.map((row) => Float64Array.from(row));
  for (let round = 0; rows.length > 0 && round < ROUNDS; round++) {
    const means = shares.map((_, c) => rows.reduce((sum, row) => sum + row[c]!, 0) / rows.length);
    const off = Math.max(...means.map((mean, c) => Math.abs(mean - shares[c]!)));
    if (off <= TOLERANCE) break;
    // a class that no recording can be stays so
    const factors = means.map((mean, c) => (mean > 0 ? shares[c]! / mean : 0));
    for (const row of rows) {
      row.forEach((p, c) => (row[c] = p * factors[c]!));
      const total = row.reduce((sum, p) => sum + p, 0);
      if (total > 0) row.forEach((p, c) => (row[c] = p / total));
    }
  }
  return rows;
}

/**
 * `correctToPrior` for each speaker's recordings.
 *
 * @param speakers of each recording
 */
export function correctEachSpeaker(
  probabilities: readonly ArrayLike<number>[],
  speakers: readonly string[],
  shares: readonly number[],
): Float64Array[] {
  const out = new Array<Float64Array>(probabilities.length);
  for (const speaker of new Set(speakers)) {
    const own = [...speakers.keys()].filter((i) => speakers[i] === speaker);
    const group = own.map((i) => probabilities[i]!);
    correctToPrior(group, shares).forEach((row, k) => (out[own[k]!] = row));
  }
  return out;
}
