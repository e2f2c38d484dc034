import type { HeadConfig, RegressionHead, RegressionLoss } from './config.js';
import { mean } from './sum.js';

export function isRegressionLoss(loss: unknown): loss is RegressionLoss {
  return loss === 'mse' || loss === 'ccc';
}

/**
 * Whether a head predicts a number; else it predicts a class.
 *
 * @example
 * const numbers = trained.model.heads.filter((head) => isRegression(head));
 * console.log(numbers.map(({ task }) => task));
 */
export function isRegression(head: HeadConfig): head is RegressionHead {
  return isRegressionLoss(head.loss);
}

/**
 * Outputs of a head: one per class, or the number alone.
 *
 * @example
 * for (const head of trained.model.heads) console.log(head.task, outputsOf(head));
 */
export function outputsOf(head: HeadConfig): number {
  return isRegression(head) ? 1 : head.classes;
}

/** Mean of the targets that are not NaN; undefined if all are. */
export function meanLabelled(targets: ArrayLike<number>): number | undefined {
  const labelled = Array.from(targets).filter((target) => !Number.isNaN(target));
  return labelled.length === 0 ? undefined : mean(labelled);
}
