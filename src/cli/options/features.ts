import { type Command, InvalidArgumentError, Option } from 'commander';
import { messageOf } from '../../core/errors.js';
import { HOP_MS } from '../../features/external/set.js';
import { conditionNames, type ConditionName } from '../../features/conditions/conditions.js';
import { normalisations } from '../../features/normalise.js';
import { knownFeatureSets, refuseUnknownSet } from '../../features/sets/registry.js';
import { DEFAULT_KAPPA } from '../../features/speaker-moments.js';
import type { NormaliseChoices } from '../../runs/choices.js';
import { speedBounds } from '../../features/speed.js';
import { listOf } from './lists.js';
import { numberFrom, positive } from './values.js';

/**
 * The feature set to use.
 *
 * @param flag its name, such as `--features`
 * @param usual the default, for the help
 */
export function featuresOption(flag = '--features', usual = 'as the preset'): Option {
  return new Option(
    `${flag} <set>`,
    `feature set: ${knownFeatureSets()} (default: ${usual})`,
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

/** How features are normalised. */
export type NormaliseFlags = NormaliseChoices;

export function addNormaliseOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--normalise <scope>',
        'over which frames each feature is scaled to mean 0 and variance 1: those of the utterance, ' +
          'of all utterances of its speaker, or of the training set (default: as the preset)',
      ).choices(normalisations),
    )
    .option(
      '--kappa <n>',
      "with --normalise speaker: weight of the training speakers' mean moments, to which a speaker's own are " +
        `shrunk, in recordings (default: ${DEFAULT_KAPPA})`,
      numberFrom(0),
    );
}

/** Whether recordings are trimmed. */
export function trimDbOption(): Option {
  return new Option(
    '--trim-db <db>',
    'leave out quiet frames at the beginning and end: those more than so many dB below the loudest; none: ' +
      'keep them (default: as the preset)',
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

/** Copies under conditions to train on. */
export function conditionsOption(): Option {
  return new Option(
    '--conditions <list>',
    `train also on copies of the training recordings under these conditions: ${conditionNames.join(', ')}`,
  ).argParser((text) => {
    const names = listOf(conditionName)(text);
    if (new Set(names).size === names.length) return names;
    throw new InvalidArgumentError('Give distinct conditions.');
  });
}

function conditionName(text: string): ConditionName {
  const known = conditionNames.find((name) => name === text);
  if (known !== undefined) return known;
  throw new InvalidArgumentError(`Give some of ${conditionNames.join(', ')}.`);
}

/** How copies under conditions are normalised. */
export function strangersOption(): Option {
  return new Option(
    '--strangers',
    'with --conditions and --normalise speaker: normalise each of these copies as a recording of a voice ' +
      'that is not known',
  );
}
