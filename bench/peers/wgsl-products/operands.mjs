/** What is multiplied, and what a few elements of the product must be. */
import { seededRandom, uniform } from '../timing.mjs';

/** @param {{m: number, n: number, k: number}} sizes */
export function operands({ m, n, k }) {
  const random = seededRandom(3);
  return { a: uniform(random, m * k, 1), b: uniform(random, k * n, 1) };
}

/**
 * Throws unless elements of C, the corners and some between, are the sums that they should be.
 *
 * @param {(row: number, column: number) => number} element of C
 * @param {{m: number, n: number, k: number}} sizes
 */
export function checkProduct(element, { m, n, k }) {
  const { a, b } = operands({ m, n, k });
  for (const [row, column] of [0, 0.3, 0.7, 1].flatMap((r) => [0, 0.6, 1].map((c) => [r, c]))) {
    const i = Math.round(row * (m - 1));
    const j = Math.round(column * (n - 1));
    let sum = 0;
    for (let l = 0; l < k; l++) sum += a[i * k + l] * b[l * n + j];
    const got = element(i, j);
    if (!(Math.abs(got - sum) <= 1e-4 * Math.sqrt(k))) {
      throw new Error(`C[${i},${j}] is ${got}, not ${sum}`);
    }
  }
}
