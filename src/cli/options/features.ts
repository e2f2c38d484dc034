import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  conditionNames,
  DELTA,
  featureSetNames,
  normalisations,
  speedBounds,
} from '../../core/choices.js';
import { didYouMean } from '../../core/suggest.js';
import { externalName, HOP_MS } from '../../features/external/set.js';
import type { ConditionName } from '../../features/conditions/conditions.js';
import { DEFAULT_KAPPA } from '../../features/speaker-moments.js';
import type { NormaliseChoices } from '../../runs/choices.js';
import { choice, oneOf } from './choice.js';
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
    `which features to compute; each also with ${DELTA}; or external:NAME, from files (default: ${usual})`,
  )
    .choices(featureSetNames)
    .argParser(setId);
}

function setId(text: string): string {
  const base = text.endsWith(DELTA) ? text.slice(0, -DELTA.length) : text;
  const known = (featureSetNames as readonly string[]).includes(base);
  if (known || externalName(text) !== undefined) return text;
  throw new InvalidArgumentError(
    `${didYouMean(base, featureSetNames)}The sets that are known are ${featureSetNames.join(', ')} ` +
      `(each also with ${DELTA}) and external:NAME.`,
  );
}

/** The hop of external features. */
export function hopMsOption(): Option {
  return new Option(
    '--hop-ms <ms>',
    `with external:NAME: milliseconds from one frame to the next (default: ${HOP_MS})`,
  ).argParser(positive);
}

/** How features are normalised. */
export type NormaliseFlags = NormaliseChoices;

export function addNormaliseOptions(command: Command): Command {
  return command
    .addOption(
      choice(
        '--normalise <scope>',
        'scale each feature to mean 0 and variance 1 over the recording (utterance), over all recordings of its ' +
          'speaker, or over the training set (default: as the preset)',
        normalisations,
      ),
    )
    .option(
      '--kappa <n>',
      'with --normalise speaker: for how many recordings the average of the training speakers counts beside a ' +
        `speaker's own (default: ${DEFAULT_KAPPA})`,
      numberFrom(0),
    );
}

/** Whether recordings are trimmed. */
export function trimDbOption(): Option {
  return new Option(
    '--trim-db <db>',
    'cut off the quiet at both ends: what is more than so many dB below the loudest; or none ' +
      '(default: as the preset)',
  ).argParser((text): TrimDbFlag => (text === 'none' ? text : numberFrom(0)(text)));
}

/** The value of --trim-db: Commander takes null for no value. */
export type TrimDbFlag = number | 'none';

/** Copies to train on. */
export function speedsOption(): Option {
  return new Option(
    '--speeds <list>',
    'also train on copies of the recordings at these speeds, such as 0.9,1.1',
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
    'also train on copies of the recordings under some of these conditions',
  )
    .choices(conditionNames)
    .argParser((text): ConditionName[] => {
      const names = listOf(oneOf(conditionNames))(text);
      if (new Set(names).size === names.length) return names;
      throw new InvalidArgumentError('Give distinct conditions.');
    });
}

/** How copies under conditions are normalised. */
export function strangersOption(): Option {
  return new Option(
    '--strangers',
    'with --conditions and --normalise speaker: treat each of these copies as of a voice never heard before',
  );
}
