import { UsageError } from '../../core/errors.js';
import { DEFAULT_KAPPA } from '../../features/speaker-moments.js';
import { resolveNormalise, type RunSettings } from '../../runs/settings.js';
import type { NormaliseFlags } from '../options/features.js';

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
