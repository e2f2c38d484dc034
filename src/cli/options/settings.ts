import type { Command } from 'commander';
import { cells } from '../../core/cells.js';
import {
  faultPolicies,
  keeps,
  optimizerNames,
  poolings,
  presetNames,
  samplings,
  scheduleNames,
} from '../../core/choices.js';
import type { ModelChoices, TrainingChoices } from '../../runs/choices.js';
import { type AugmentFlag, augmentFlag, augmentText } from './augment.js';
import {
  featuresOption,
  hopMsOption,
  conditionsOption,
  speedsOption,
  strangersOption,
  trimDbOption,
} from './features.js';
import { choice } from './choice.js';
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
    .optionsGroup('Features:')
    .addOption(featuresOption())
    .addOption(hopMsOption())
    .addOption(trimDbOption())
    .addOption(speedsOption())
    .addOption(conditionsOption())
    .addOption(strangersOption())
    .optionsGroup('Network:')
    .option('--config <file>', 'JSON file with any of: preset, features, model, training', path)
    .addOption(choice('--preset <name>', 'what to start from (default: alstm)', presetNames))
    .addOption(choice('--cell <name>', 'recurrent cell', cells))
    .option('--units <n>', 'recurrent units in each direction', integerFrom(1));
  return addLayerOptions(command)
    .option('--heads <list>', 'what to learn, such as emotion,speaker,gender', names)
    .option('--head-hidden <n>', 'hidden units of each head; 0: none', integerFrom(0))
    .option(
      '--offsets <list>',
      'a-lstm: how many steps back the combined states are, such as 1,2,3',
      listOf(integerFrom(1)),
    )
    .option('--period <n>', 'a-lstm: combine states every n steps', integerFrom(1))
    .option('--unidirectional', 'read the recording forwards only')
    .addOption(choice('--pooling <name>', 'how frames become one answer', poolings))
    .option('--dropout <share>', 'share of units left out in training', numberFrom(0, 1));
}

export function addTrainingOptions(command: Command): Command {
  return command
    .optionsGroup('Training:')
    .option('--epochs <n>', 'pass over the data at most this often', integerFrom(1))
    .option(
      '--min-steps <n>',
      'train on a small corpus for more epochs, until this many steps are made',
      integerFrom(0),
    )
    .option('--batch <n>', 'recordings in a batch', integerFrom(1))
    .option('--lr <rate>', 'learning rate', positive)
    .addOption(choice('--optimizer <name>', 'how weights are updated', optimizerNames))
    .option('--weight-decay <rate>', 'weight decay of adamw', numberFrom(0))
    .option('--clip <norm>', 'cut gradients down to this norm; 0: never', numberFrom(0))
    .addOption(choice('--schedule <name>', 'how the learning rate goes down', scheduleNames))
    .option(
      '--warmup <steps>',
      'let the learning rate rise over this many steps, or a share of all, such as 8%',
      stepsOrShare,
    )
    .option(
      '--patience <n>',
      'stop after this many epochs without a better one; 0: never',
      integerFrom(0),
    )
    .option(
      '--memory-budget <size>',
      'use no more GPU memory than this, such as 512MiB; larger batches are split',
      bytes,
    )
    .option(
      '--checkpoint-every <steps>',
      'save a checkpoint every n steps too, not only after each epoch',
      integerFrom(1),
    )
    .addOption(
      choice(
        '--on-non-finite <what>',
        'if a loss or gradient is not a finite number: stop (default; --resume goes on), skip that update, or halve ' +
          'the learning rate',
        faultPolicies,
      ),
    )
    .option(
      '--ema <share>',
      'average the weights over time, and keep this share of the average at each step, such as 0.98; 0: off',
      shareBelowOne,
    )
    .option('--augment [what]', augmentText, augmentFlag)
    .addOption(
      choice(
        '--sampling <how>',
        'an epoch has each recording once (shuffled, the default), or emotions equally often (balanced)',
        samplings,
      ),
    )
    .addOption(choice('--keep <epoch>', 'save the model of which epoch (default: best)', keeps));
}
