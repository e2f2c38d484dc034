/** Labels from which on a confusion matrix is too large to read, or to draw. */
const LARGE = 40;

/** How often recordings of one label were taken for another. */
export interface Confusion {
  /** Classes, as indices. */
  readonly truth: number;
  readonly predicted: number;
  readonly count: number;
  /** Of all recordings with this truth, 0 to 1. */
  readonly share: number;
}

/** Whether a matrix is shown by its largest confusions, instead of whole. */
export function isLargeConfusion(confusion: readonly unknown[]): boolean {
  return confusion.length > LARGE;
}

/**
 * The most frequent mistakes of a confusion matrix, in falling order; of equal ones the first label's first.
 *
 * @param confusion counts [C, C], rows are the truth
 */
export function largestConfusions(
  confusion: readonly (readonly number[])[],
  most = 20,
): Confusion[] {
  const found = confusion.flatMap((counts, truth) => {
    const total = counts.reduce((sum, count) => sum + count, 0);
    return counts.flatMap((count, predicted) =>
      count === 0 || predicted === truth ? [] : [{ truth, predicted, count, share: count / total }],
    );
  });
  return found.toSorted((a, b) => b.count - a.count).slice(0, most);
}
