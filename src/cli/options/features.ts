import { Option } from 'commander';
import { defaultFeatureSet, featureSetIds } from '../../features/sets/registry.js';

/** Which features: of those that there are. */
export function featuresOption(): Option {
  return new Option('--features <set>', `feature set (default: ${defaultFeatureSet.id})`).choices(
    featureSetIds(),
  );
}
