import { type Command, InvalidArgumentError, Option } from 'commander';
import { UsageError } from '../../core/errors.js';
import { normalisations, type NormalisationScope } from '../../features/normalise.js';
import { DEFAULT_KAPPA } from '../../features/speaker-moments.js';
import { resolveNormalise, type RunSettings } from '../../runs/settings.js';
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

/** How features are normalised. */
export interface NormaliseFlags {
  readonly normalise?: NormalisationScope;
  readonly kappa?: number;
}

export function addNormaliseOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--normalise <scope>',
        'over which frames each feature is scaled to mean 0 and variance 1: those of the utterance ' +
          '(default), of all utterances of its speaker, or of the training set',
      ).choices(normalisations),
    )
    .option(
      '--kappa <n>',
      "with --normalise speaker: weight of the training speakers' mean moments, to which a speaker's own are " +
        `shrunk, in recordings (default: ${DEFAULT_KAPPA})`,
      numberFrom(0),
    );
}

/**
 * The weight of the prior: of the options, else of the settings, else the default; undefined unless features are
 * normalised by speaker.
 *
 * @throws UsageError if one is given, and features are normalised otherwise
 */
export function kappaOf(
  { normalise: flag, kappa }: NormaliseFlags,
  settings: RunSettings,
): number | undefined {
  const normalise = flag ?? resolveNormalise(settings);
  const given = kappa ?? settings.features?.kappa;
  if (normalise === 'speaker') return given ?? DEFAULT_KAPPA;
  if (given === undefined) return undefined;
  throw new UsageError(
    `${kappa === undefined ? 'features.kappa' : '--kappa'} was given, but features are normalised by ${normalise}`,
    'It belongs to --normalise speaker.',
  );
}

/** Whether recordings are trimmed. */
export function trimDbOption(): Option {
  return new Option(
    '--trim-db <db>',
    'leave out quiet frames at the beginning and end: those more than so many dB below the loudest; none: ' +
      'keep them (default)',
  ).argParser((text): number | null => (text === 'none' ? null : numberFrom(0)(text)));
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

/**
 * The settings with how features are normalised.
 *
 * @throws UsageError as kappaOf
 */
export function withNormalisation(settings: RunSettings, flags: NormaliseFlags): RunSettings {
  const { normalise } = flags;
  const kappa = kappaOf(flags, settings);
  if (normalise === undefined && kappa === undefined) return settings;
  const features = {
    ...settings.features,
    ...(normalise && { normalise }),
    ...(kappa !== undefined && { kappa }),
  };
  return { ...settings, features };
}
