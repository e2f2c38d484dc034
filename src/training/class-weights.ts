import { CorpusError } from '../core/errors.js';

/**
 * Weights that make every class count alike: N / (C n_c), as scikit-learn's `balanced`.
 *
 * @param targets class of each utterance, -1 where unlabelled
 * @throws CorpusError where a class has no utterance
 */
export function balancedWeights(
  targets: ArrayLike<number>,
  labels: readonly string[],
): readonly number[] {
  const counts = labels.map(() => 0);
  let total = 0;
  for (let i = 0; i < targets.length; i++) {
    const count = counts[targets[i] ?? -1];
    if (count === undefined) continue;
    counts[targets[i] as number] = count + 1;
    total++;
  }
  const empty = counts.indexOf(0);
  if (empty >= 0) {
    throw new CorpusError(
      `no training utterance is labelled ${labels[empty]}, so balanced class weights have none for it`,
      'Give the weights as numbers.',
    );
  }
  return counts.map((count) => total / (counts.length * count));
}
