import type { SolveSvm, SvmSolution } from '../../core/svm.js';

export interface SvmSettings {
  /** The price of a row inside the margin. */
  readonly c: number;
  /** Of the kernel exp(-γ‖x - y‖²); default: 0.3 / D. */
  readonly gamma?: number | undefined;
}

/** A trained support vector classifier. */
export interface SvmClassifier {
  readonly supports: number;
  readonly dimensions: number;
  readonly gamma: number;
  /**
   * Scores of a row, [C]; the class of the largest is the prediction. One-against-one decisions as
   * scikit-learn's SVC sums them up (`decision_function_shape='ovr'`, `break_ties=True`): the votes of a class,
   * plus s / (3 (|s| + 1)), s being the sum of the decision values for it.
   */
  readonly decide: (row: Float64Array) => Float64Array;
}

/**
 * Trains a support vector classifier with an RBF kernel. Classes are balanced: the cost of a row is
 * c N / (C N_c), N_c being the rows of its class.
 *
 * @param rows [N][D], finite
 * @param classes of each row, 0 to C - 1; each of them occurs
 * @param classCount C, 2 or more
 */
export function trainSvm(
  solve: SolveSvm,
  rows: readonly Float64Array[],
  classes: readonly number[],
  classCount: number,
  { c, gamma: given }: SvmSettings,
): SvmClassifier {
  const dimensions = rows[0]?.length ?? 0;
  const gamma = given ?? 0.3 / dimensions;
  const counts = new Array<number>(classCount).fill(0);
  for (const own of classes) counts[own]! += 1;
  const weights = counts.map((count) => rows.length / (classCount * count));
  const solution = solve({ rows, classes, cost: c, gamma, weights });
  const supports = solution.supports.map((row) => rows[row]!);
  const decide = (row: Float64Array): Float64Array => {
    const kernel = Float64Array.from(supports, (own) => Math.exp(-gamma * distance(own, row)));
    return scoresOf(pairDecisions(kernel, solution), solution.order);
  };
  return { supports: supports.length, dimensions, gamma, decide };
}

/**
 * Probabilities of a classifier's scores, by softmax: they order the classes as the scores do, and can be
 * averaged with a network's, but are not calibrated.
 */
export function softmax(scores: Float64Array): Float64Array {
  const most = Math.max(...scores);
  const powers = scores.map((x) => Math.exp(x - most));
  const total = powers.reduce((sum, x) => sum + x, 0);
  return powers.map((x) => x / total);
}

/** Squared distance. */
function distance(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let d = 0; d < a.length; d++) sum += (a[d]! - b[d]!) ** 2;
  return sum;
}

/** Decision values of the pairs (0, 1), (0, 2), …, above 0 for the first of the two. */
function pairDecisions(
  kernel: Float64Array,
  { counts, coefficients, offsets }: SvmSolution,
): Float64Array {
  const starts = counts.map((_, k) => counts.slice(0, k).reduce((sum, n) => sum + n, 0));
  const part = (weights: Float64Array, k: number): number => {
    let sum = 0;
    const end = starts[k]! + counts[k]!;
    for (let i = starts[k]!; i < end; i++) sum += weights[i]! * kernel[i]!;
    return sum;
  };
  const pairs = counts.flatMap((_, a) =>
    counts.slice(a + 1).map((__, k) => [a, a + 1 + k] as const),
  );
  return Float64Array.from(
    pairs,
    ([a, b], p) => part(coefficients[b - 1]!, a) + part(coefficients[a]!, b) - offsets[p]!,
  );
}

function scoresOf(decisions: Float64Array, order: readonly number[]): Float64Array {
  const votes = new Float64Array(order.length);
  const sums = new Float64Array(order.length);
  let p = 0;
  for (let a = 0; a < order.length; a++) {
    for (let b = a + 1; b < order.length; b++) {
      const value = decisions[p++]!;
      votes[value > 0 ? a : b]! += 1;
      sums[a]! += value;
      sums[b]! -= value;
    }
  }
  const scores = new Float64Array(order.length);
  order.forEach((own, k) => {
    scores[own] = votes[k]! + sums[k]! / (3 * (Math.abs(sums[k]!) + 1));
  });
  return scores;
}
