/** A C-support vector classification problem with the kernel exp(-γ‖x - y‖²). */
export interface SvmProblem {
  /** N rows of D finite numbers. */
  readonly rows: readonly Float64Array[];
  /** Class of each row, from 0 to C - 1, each of which occurs; [N] */
  readonly classes: readonly number[];
  /** C of the literature: the price of a row inside the margin. */
  readonly cost: number;
  readonly gamma: number;
  /** Factor on the cost of each class's rows, [C] */
  readonly weights: readonly number[];
}

/**
 * Its solution, one against one: a decision for each pair of classes (Chang and Lin, LIBSVM, ACM TIST 2011).
 * The pair of the a-th and b-th class of `order` decides for the a-th where
 * Σ coefficients[b - 1][i] k(x, i) over the support vectors i of the a-th class, plus
 * Σ coefficients[a][i] k(x, i) over those of the b-th, is above the pair's offset.
 */
export interface SvmSolution {
  /** The classes in the solver's order, [C] */
  readonly order: readonly number[];
  /** Rows that are support vectors, S of them: those of the first class in `order`, then of the second, … */
  readonly supports: readonly number[];
  /** How many of them each class has, in that order, [C] */
  readonly counts: readonly number[];
  /** [C - 1][S] */
  readonly coefficients: readonly Float64Array[];
  /** Of the pairs (0, 1), (0, 2), …, (1, 2), …, [C (C - 1) / 2] */
  readonly offsets: readonly number[];
}

/** Solves a support vector problem. */
export type SolveSvm = (problem: SvmProblem) => SvmSolution;
