import { InvalidArgumentError, Option } from 'commander';
import { messageOf } from '../../core/errors.js';
import { HOP_MS } from '../../features/external/set.js';
import {
  defaultFeatureSet,
  knownFeatureSets,
  refuseUnknownSet,
} from '../../features/sets/registry.js';
import { speedBounds } from '../../features/speed.js';
import { listOf } from './lists.js';
import { numberFrom, positive } from './values.js';

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

/** Whether recordings are trimmed. */
export function trimDbOption(): Option {
  return new Option(
    '--trim-db <db>',
    'leave out quiet frames at the beginning and end: those more than so many dB below the loudest; none: ' +
      'keep them (default)',
  ).argParser((text): TrimDbFlag => (text === 'none' ? text : numberFrom(0)(text)));
}

/** The value of --trim-db: Commander takes null for no value. */
export type TrimDbFlag = number | 'none';

/** As in settings: null is off; undefined: it was not given. */
export function trimDbOf(flag: TrimDbFlag | undefined): number | null | undefined {
  return flag === 'none' ? null : flag;
}

/** Copies to train on. */
export function speedsOption(): Option {
  return new Option(
    '--speeds <list>',
    'train also on copies of the training recordings at these speeds, such as 0.9,1.1',
  ).argParser((text) => {
    const speeds = listOf(numberFrom(speedBounds.from, speedBounds.to))(text);
    const distinct = new Set(speeds).size === speeds.length;
    if (distinct && !speeds.includes(1)) return speeds;
    throw new InvalidArgumentError('Give distinct speeds other than 1.');
  });
}
