import { InvalidArgumentError, Option } from 'commander';
import { defaultFeatureSet, featureSetIds } from '../../features/sets/registry.js';
import { speedBounds } from '../../features/speed.js';
import { listOf } from './lists.js';
import { numberFrom } from './values.js';

/** The feature set to use. */
export function featuresOption(): Option {
  return new Option('--features <set>', `feature set (default: ${defaultFeatureSet.id})`).choices(
    featureSetIds(),
  );
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
