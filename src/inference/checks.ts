import { ConfigError, UsageError } from '../core/errors.js';

/**
 * Refuses what is not rows of finite features.
 *
 * @param dimensions F, columns of a row
 * @param name of the matrix, and how it "has" values and "holds" one, for the error
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
      `Give [T, ${dimensions}] finite values, at least one frame.`,
    );
  if (matrix.length === 0 || matrix.length % dimensions !== 0) {
    throw fail(`${has} ${matrix.length} values`);
  }
  const at = matrix.findIndex((x) => !Number.isFinite(x));
  if (at !== -1) throw fail(`${holds} ${matrix[at]} at frame ${Math.floor(at / dimensions)}`);
}

/** A model's answer that is no number. */
export function notFinite(task: string): ConfigError {
  return new ConfigError(
    `the model gives ${task} probabilities that are not finite`,
    'Its parameters are too large to compute with; use a checkpoint of before it diverged.',
  );
}
