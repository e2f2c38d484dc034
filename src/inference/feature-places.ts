import { featurePlaces } from '../core/choices.js';
import { UsageError } from '../core/errors.js';
import { extractionProblem } from '../extraction/sets.js';
import type { FeatureSet } from '../features/sets/feature-set.js';
import type { Engine } from '../gpu/engine.js';

export { featurePlaces };
/**
 * A place where features can be computed.
 *
 * @example
 * const featuresOn: FeaturesOn = 'cpu';
 * const alstm = await open('runs/first', { featuresOn });
 */
export type FeaturesOn = (typeof featurePlaces)[number];

/**
 * Where features of samples are computed on a device, unless `asked` says it.
 *
 * @throws UsageError if that is the GPU, and it has no kernels for them
 */
export function placeOfFeatures(set: FeatureSet, { gpu }: Engine, asked?: FeaturesOn): FeaturesOn {
  const problem = extractionProblem(set);
  if (asked === 'gpu' && problem !== undefined) {
    throw new UsageError(problem, 'Compute the features on the CPU.');
  }
  return asked ?? (problem === undefined && !gpu.adapter.software ? 'gpu' : 'cpu');
}
