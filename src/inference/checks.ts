import { ConfigError, UsageError } from '../core/errors.js';

/**
 * Refuses a matrix that is not whole rows of finite features.
 *
 * @param dimensions F, columns per row
 * @param name of the matrix, and its verbs for "has" and "holds", for the error
 * @throws UsageError
 */
export function checkFeatures(
  matrix: Float32Array,
  dimensions: number,
  name: string,
  [has, holds] = ['has', 'holds'],
): void {
  const fail = (problem: string): UsageError =>
    new UsageError(
      `${name} ${problem}`,
      `Give [T, ${dimensions}] finite values with at least one frame.`,
    );
  if (matrix.length === 0 || matrix.length % dimensions !== 0) {
    throw fail(`${has} ${matrix.length} values`);
  }
  const at = matrix.findIndex((x) => !Number.isFinite(x));
  if (at !== -1) throw fail(`${holds} ${matrix[at]} at frame ${Math.floor(at / dimensions)}`);
}

/** Error for a model output that is not a number. */
export function notFinite(task: string): ConfigError {
  return new ConfigError(
    `the model gives ${task} probabilities that are not finite`,
    'Its parameters are too large; use a checkpoint from before it diverged.',
  );
}
