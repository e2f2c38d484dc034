import { type Command, Option } from 'commander';
import { cells } from '../../core/cells.js';
import { readText } from '../../core/files.js';
import { parseJson } from '../../core/json.js';
import { poolings } from '../../network/fields.js';
import { optimizerNames } from '../../network/model-config.js';
import { presetNames } from '../../model/presets.js';
import { type ModelChoices, settingsOf, type TrainingChoices } from '../../runs/choices.js';
import {
  keeps,
  mergeSettings,
  parseRunSettings,
  type RunSettings,
  samplings,
} from '../../runs/settings.js';
import { faultPolicies } from '../../runs/faults.js';
import { scheduleNames } from '../../runs/schedule.js';
import type { Cli } from '../cli.js';
import { type AugmentFlag, augmentFlag, augmentText, readAugment } from './augment.js';
import {
  featuresOption,
  hopMsOption,
  conditionsOption,
  speedsOption,
  strangersOption,
  trimDbOption,
} from './features.js';
import { addLayerOptions } from './layers.js';
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
export interface ModelFlags extends ModelChoices {
  readonly config?: string;
}

/** Options that describe its training. */
export interface TrainingFlags extends Omit<TrainingChoices, 'augment'> {
  readonly augment?: AugmentFlag;
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
