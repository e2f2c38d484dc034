import { type Command, Option } from 'commander';
import type { AugmentConfig } from '../../core/augment.js';
import { cells, type Cell } from '../../core/cells.js';
import type { OptimizerConfig, Pooling } from '../../core/config.js';
import { readText } from '../../core/files.js';
import { parseJson } from '../../core/json.js';
import type { ConditionName } from '../../features/conditions/conditions.js';
import { poolings } from '../../network/fields.js';
import { optimizerNames } from '../../network/model-config.js';
import { presetNames } from '../../model/presets.js';
import {
  type Keep,
  keeps,
  mergeSettings,
  parseRunSettings,
  type RunSettings,
  type Sampling,
  samplings,
} from '../../runs/settings.js';
import { presetTraining } from '../../runs/training-settings.js';
import { faultPolicies, type FaultPolicy } from '../../runs/faults.js';
import { scheduleNames, type ScheduleConfig } from '../../runs/schedule.js';
import type { Cli } from '../cli.js';
import { type AugmentFlag, augmentFlag, augmentText, readAugment } from './augment.js';
import {
  featuresOption,
  hopMsOption,
  conditionsOption,
  speedsOption,
  strangersOption,
  trimDbOf,
  trimDbOption,
  type TrimDbFlag,
} from './features.js';
import { addLayerOptions, type LayerFlags } from './layers.js';
import { listOf, names } from './lists.js';
import {
  bytes,
  integerFrom,
  numberFrom,
  path,
  positive,
  shareBelowOne,
  stepsOrShare,
} from './values.js';

/** Options that describe a model; each overrides the configuration file, which overrides the preset. */
export interface ModelFlags extends LayerFlags {
  readonly config?: string;
  readonly preset?: RunSettings['preset'];
  readonly features?: string;
  readonly hopMs?: number;
  readonly trimDb?: TrimDbFlag;
  readonly speeds?: number[];
  readonly conditions?: ConditionName[];
  readonly strangers?: true;
  readonly cell?: Cell;
  readonly units?: number;
  readonly headHidden?: number;
  readonly heads?: string[];
  readonly offsets?: number[];
  readonly period?: number;
  readonly unidirectional?: boolean;
  readonly pooling?: Pooling;
  readonly dropout?: number;
}

/** Options that describe its training. */
export interface TrainingFlags {
  readonly epochs?: number;
  readonly minSteps?: number;
  readonly batch?: number;
  readonly lr?: number;
  readonly optimizer?: OptimizerConfig['name'];
  readonly weightDecay?: number;
  readonly clip?: number;
  readonly schedule?: ScheduleConfig['name'];
  readonly warmup?: Pick<ScheduleConfig, 'warmup' | 'warmupShare'>;
  readonly patience?: number;
  readonly memoryBudget?: number;
  readonly checkpointEvery?: number;
  readonly onNonFinite?: FaultPolicy;
  readonly ema?: number;
  readonly augment?: AugmentFlag;
  readonly sampling?: Sampling;
  readonly keep?: Keep;
}

export function addModelOptions(command: Command): Command {
  command
    .option('--config <file>', 'JSON file with any of: preset, features, model, training', path)
    .addOption(
      new Option('--preset <name>', 'preset to start from (default: alstm)').choices(presetNames),
    )
    .addOption(featuresOption())
    .addOption(hopMsOption())
    .addOption(trimDbOption())
    .addOption(speedsOption())
    .addOption(conditionsOption())
    .addOption(strangersOption())
    .addOption(new Option('--cell <name>', 'recurrent cell').choices(cells))
    .option('--units <n>', 'recurrent units per direction', integerFrom(1));
  return addLayerOptions(command)
    .option('--heads <list>', 'tasks that get a head, such as emotion,speaker,gender', names)
    .option('--head-hidden <n>', 'hidden units per head; 0: none', integerFrom(0))
    .option('--offsets <list>', 'steps back to combine, such as 1,2,3', listOf(integerFrom(1)))
    .option('--period <n>', 'combine states every n steps', integerFrom(1))
    .option('--unidirectional', 'run forward in time only')
    .addOption(new Option('--pooling <name>', 'pooling over time').choices(poolings))
    .option('--dropout <share>', 'share of units dropped in training', numberFrom(0, 1));
}

export function addTrainingOptions(command: Command): Command {
  return command
    .option('--epochs <n>', 'maximum number of epochs', integerFrom(1))
    .option(
      '--min-steps <n>',
      'train a small corpus for more epochs, until this many steps are made',
      integerFrom(0),
    )
    .option('--batch <n>', 'utterances per batch', integerFrom(1))
    .option('--lr <rate>', 'learning rate', positive)
    .addOption(new Option('--optimizer <name>', 'update rule').choices(optimizerNames))
    .option('--weight-decay <rate>', 'weight decay of adamw', numberFrom(0))
    .option('--clip <norm>', 'clip gradients to this global norm; 0: no clipping', numberFrom(0))
    .addOption(new Option('--schedule <name>', 'learning rate schedule').choices(scheduleNames))
    .option(
      '--warmup <steps>',
      'steps over which the learning rate rises, or their share of all, such as 8%',
      stepsOrShare,
    )
    .option(
      '--patience <n>',
      'stop after this many epochs without improvement; 0: never',
      integerFrom(0),
    )
    .option(
      '--memory-budget <size>',
      'GPU memory limit, such as 512MiB; larger batches are split',
      bytes,
    )
    .option(
      '--checkpoint-every <steps>',
      'save a checkpoint every n steps, besides one per epoch',
      integerFrom(1),
    )
    .addOption(
      new Option(
        '--on-non-finite <what>',
        'when a loss or gradient is NaN or infinite (its update is never applied): stop (default; ' +
          'continue with --resume), skip it, or halve the learning rate and continue',
      ).choices(faultPolicies),
    )
    .option(
      '--ema <share>',
      'validate and save the average of the weights: the share that it keeps at each update, such as 0.98; 0: off',
      shareBelowOne,
    )
    .option('--augment [what]', augmentText, augmentFlag)
    .addOption(
      new Option(
        '--sampling <how>',
        'utterances of an epoch: each once (shuffled, default), or drawn with classes equally likely (balanced)',
      ).choices(samplings),
    )
    .addOption(new Option('--keep <epoch>', 'which model is saved (default: best)').choices(keeps));
}

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
