import type { ClassificationHead } from '../core/config.js';

/**
 * Mean cross-entropy of logits over the labelled rows, with the head's class weights and label
 * smoothing, like torch.nn.functional.cross_entropy; 0 if no row is labelled. In float64.
 *
 * @param logits [N, C]
 * @param targets class of each row, [N]; -1 where unlabelled
 */
export function crossEntropy(
  { classes, class_weights: weights, label_smoothing: smoothing = 0 }: ClassificationHead,
  logits: Float32Array | Float64Array,
  targets: ArrayLike<number>,
): number {
  let sum = 0;
  let norm = 0;
  Array.from(targets).forEach((target, row) => {
    if (target === -1) return;
    const own = Float64Array.from(logits.subarray(row * classes, (row + 1) * classes));
    const largest = own.reduce((most, x) => Math.max(most, x), -Infinity);
    let total = 0;
    for (const x of own) total += Math.exp(x - largest);
    const logSum = largest + Math.log(total);
    own.forEach((x, c) => {
      const share = smoothing / classes + (c === target ? 1 - smoothing : 0);
      sum += share * (weights?.[c] ?? 1) * (logSum - x);
    });
    norm += weights?.[target] ?? 1;
  });
  return norm > 0 ? sum / norm : 0;
}
