import type { AugmentConfig } from '../../core/augment.js';
import { readText } from '../../core/files.js';
import { parseJson } from '../../core/json.js';
import { mergeSettings, parseRunSettings, type RunSettings } from '../../runs/settings.js';
import { presetTraining } from '../../runs/training-settings.js';
import type { Cli } from '../cli.js';
import { readAugment } from './augment.js';
import { trimDbOf } from '../options/features.js';
import type { ModelFlags, TrainingFlags } from '../options/settings.js';

/**
 * The settings from the configuration file and the options combined.
 *
 * @throws FileError, FormatError or ConfigError for the file
 */
export async function readSettings(
  cli: Cli,
  flags: ModelFlags & TrainingFlags,
): Promise<RunSettings> {
  const { config } = flags;
  const base =
    config === undefined
      ? {}
      : parseRunSettings(parseJson(await readText(cli.files, config), config), config);
  const augment = await readAugment(cli.files, flags.augment);
  return mergeSettings(base, settingsOf({ ...flags, augment }, base));
}

/** The options alone, in the form of a configuration file. */
function settingsOf(
  flags: ModelFlags &
    Omit<TrainingFlags, 'augment'> & { readonly augment?: AugmentConfig | undefined },
  base: RunSettings,
): RunSettings {
  const { preset, features, cell, units, offsets, period, pooling, dropout, warmup } = flags;
  const { unidirectional, weightDecay, memoryBudget } = flags;
  const { optimizer, schedule } = base.training ?? {};
  const own = presetTraining[preset ?? base.preset ?? 'alstm'];
  return {
    ...defined({ preset }),
    ...given('features', {
      set: features,
      hopMs: flags.hopMs,
      trimDb: trimDbOf(flags.trimDb),
      speeds: flags.speeds,
      conditions: flags.conditions,
      strangers: flags.strangers,
    }),
    model: {
      ...defined({ pooling, dropout, recurrentLayers: flags.recurrentLayers, tasks: flags.heads }),
      ...given('subsample', { by: flags.subsample, how: flags.subsampleHow }),
      ...given('functionals', { units: flags.functionals, scope: flags.functionalsScope }),
      ...given('frontend', { units: flags.inputUnits }),
      ...given('recurrent', {
        ...{ cell, units, offsets, period },
        bidirectional: unidirectional ? false : undefined,
      }),
    },
    training: {
      ...defined({
        epochs: flags.epochs,
        minSteps: flags.minSteps,
        batch: flags.batch,
        learningRate: flags.lr,
        clipNorm: flags.clip,
        patience: flags.patience,
        checkpointSteps: flags.checkpointEvery,
        onNonFinite: flags.onNonFinite,
        memoryBudget,
        ema: flags.ema,
        augment: flags.augment,
        sampling: flags.sampling,
        keep: flags.keep,
      }),
      ...((flags.optimizer !== undefined || weightDecay !== undefined) && {
        optimizer: {
          name: flags.optimizer ?? optimizer?.name ?? own.optimizer?.name ?? 'adamw',
          ...defined({ weight_decay: weightDecay }),
        },
      }),
      ...((flags.schedule !== undefined || warmup !== undefined) && {
        schedule: {
          name: flags.schedule ?? schedule?.name ?? own.schedule?.name ?? 'constant',
          ...warmup,
        },
      }),
    },
  };
}

/** `{ [key]: the given values }`, or `{}` if none were given. */
function given<K extends string, T extends object>(key: K, values: T) {
  const own = defined(values);
  return (Object.keys(own).length === 0 ? {} : { [key]: own }) as Partial<Record<K, typeof own>>;
}

/** Without undefined values. */
function defined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
