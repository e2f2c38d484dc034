/**
 * Mean of the probabilities of several models: an ensemble.
 *
 * @param models probabilities of each model, [C] each
 * @returns [C]
 */
export function meanProbabilities(models: readonly ArrayLike<number>[]): Float64Array {
  const mean = new Float64Array(models[0]?.length ?? 0);
  for (const own of models)
    for (let c = 0; c < mean.length; c++) mean[c]! += own[c]! / models.length;
  return mean;
}
