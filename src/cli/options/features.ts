import { InvalidArgumentError, Option } from 'commander';
import { messageOf } from '../../core/errors.js';
import { HOP_MS } from '../../features/external/set.js';
import {
  defaultFeatureSet,
  knownFeatureSets,
  refuseUnknownSet,
} from '../../features/sets/registry.js';
import { positive } from './values.js';

/**
 * The feature set to use.
 *
 * @param flag its name, such as `--features`
 */
export function featuresOption(flag = '--features'): Option {
  return new Option(
    `${flag} <set>`,
    `feature set: ${knownFeatureSets()} (default: ${defaultFeatureSet.id})`,
  ).argParser(setId);
}

function setId(text: string): string {
  try {
    refuseUnknownSet(text);
    return text;
  } catch (error) {
    throw new InvalidArgumentError(`${messageOf(error)}.`);
  }
}

/** The hop of external features. */
export function hopMsOption(): Option {
  return new Option(
    '--hop-ms <ms>',
    `of external:NAME features: milliseconds from one frame to the next (default: ${HOP_MS})`,
  ).argParser(positive);
}
