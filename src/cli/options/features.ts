import { Option } from 'commander';
import { defaultFeatureSet, featureSetIds } from '../../features/sets/registry.js';

/** The feature set to use. */
export function featuresOption(): Option {
  return new Option('--features <set>', `feature set (default: ${defaultFeatureSet.id})`).choices(
    featureSetIds(),
  );
}
