import { CorpusError, UsageError } from '../core/errors.js';
import { nameList } from '../core/names.js';

/** Weights of classes in their loss: in the order of the labels, by label (others weigh 1), or from the data. */
export type ClassWeights = readonly number[] | Readonly<Record<string, number>> | 'balanced';

/**
 * The weight of each class.
 *
 * @param targets class of each utterance, -1 where unlabelled
 * @throws UsageError for an unknown label or a list of another length; CorpusError like balancedWeights
 */
export function resolveWeights(
  weights: ClassWeights,
  targets: ArrayLike<number>,
  labels: readonly string[],
): readonly number[] {
  if (weights === 'balanced') return balancedWeights(targets, labels);
  if (isList(weights)) {
    if (weights.length === labels.length) return weights;
    throw new UsageError(
      `${weights.length} class ${weights.length === 1 ? 'weight was' : 'weights were'} given for ${labels.length} labels`,
      `Give one for each, in the order of ${nameList(labels)}.`,
    );
  }
  const unknown = Object.keys(weights).find((label) => !labels.includes(label));
  if (unknown !== undefined) {
    throw new UsageError(
      `a class weight was given for ${JSON.stringify(unknown)}, but no training utterance has that label`,
      `The labels are ${nameList(labels)}.`,
    );
  }
  return labels.map((label) => (Object.hasOwn(weights, label) ? weights[label] : undefined) ?? 1);
}

function isList(weights: Exclude<ClassWeights, 'balanced'>): weights is readonly number[] {
  return Array.isArray(weights);
}

/**
 * Weights that make every class count equally: N / (C n_c), like scikit-learn's `balanced`.
 *
 * @param targets class of each utterance, -1 where unlabelled
 * @throws CorpusError if a class has no utterance
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
      `no training utterance is labelled ${labels[empty]}, so it cannot have a balanced class weight`,
      'Give the weights as numbers.',
    );
  }
  return counts.map((count) => total / (counts.length * count));
}
