import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ValidationUnit } from '../../corpora/split.js';
import type { ProtocolCell } from '../../experiments/protocol.js';
import type { SplitRule } from '../../experiments/split-rule.js';
import { cells } from '../../core/cells.js';
import { splitKinds } from '../../core/choices.js';
import { didYouMean } from '../../core/suggest.js';
import type { Precision } from '../../plan/plan.js';
import type { ClassWeights } from '../../training/class-weights.js';
import { choice } from './choice.js';
import { classWeights, classWeightsText } from './class-weights.js';
import { addNormaliseOptions, type NormaliseFlags } from './features.js';
import { addDataOptions, type DataFlags, validateByOption, validationShareOption } from './data.js';
import {
  addModelOptions,
  addTrainingOptions,
  type ModelFlags,
  type TrainingFlags,
} from './settings.js';
import { listOf, names } from './lists.js';
import { precisionOption } from './precision.js';
import { integerFrom, numberFrom } from './values.js';

/** Options that define an experiment. */
export interface ProtocolFlags extends DataFlags, ModelFlags, TrainingFlags, NormaliseFlags {
  readonly name?: string;
  readonly split?: SplitRule['kind'];
  readonly testFolds?: string[][];
  readonly draws: number;
  readonly k: number;
  readonly cells: readonly ProtocolCell[];
  readonly seeds: readonly number[];
  readonly validationShare?: number;
  readonly validateBy?: ValidationUnit;
  readonly labelSmoothing?: number;
  readonly classWeights?: ClassWeights;
  readonly precision?: Precision;
}

export function addProtocolOptions(command: Command): Command {
  command
    .optionsGroup('Comparison:')
    .option('--name <text>', 'title of the report')
    .addOption(
      new Option(
        '--cells <list>',
        'what to compare: recurrent cells, with /n to combine states every n steps; svm: a support vector machine on ' +
          'statistics of the recording',
      )
        .argParser(listOf(cellOf))
        .default(['lstm', 'mean-lstm', 'a-lstm', 'svm'].map(cellOf), 'lstm,mean-lstm,a-lstm,svm'),
    )
    .addOption(
      new Option('--seeds <list>', 'train each this often, with these seeds')
        .argParser(listOf(integerFrom(0)))
        .default([0, 1, 2], '0,1,2'),
    )
    .addOption(
      choice(
        '--split <kind>',
        'how test speakers are chosen (default: leave-one-speaker-out, or --test-speakers); uses --seed',
        splitKinds,
      ),
    )
    .option(
      '--test-folds <lists>',
      'with --split folds: the test speakers of each fold, such as "03,08;09,10"',
      (text: string) => text.split(';').map((fold) => names(fold)),
    )
    .option('--draws <n>', 'with --split random-pair: how many pairs', integerFrom(1), 1)
    .option('--k <n>', 'with --split speaker-folds: how many folds', integerFrom(2), 5);
  addDataOptions(command).addOption(validationShareOption()).addOption(validateByOption());
  addModelOptions(command);
  addNormaliseOptions(command.optionsGroup('Features:'));
  return addTrainingOptions(command)
    .option('--label-smoothing <share>', 'label smoothing of every head', numberFrom(0, 1))
    .option('--class-weights <list>', classWeightsText, classWeights)
    .addOption(precisionOption());
}

/** `a-lstm`, or with a period, such as `a-lstm/1`; or `svm`. */
function cellOf(text: string): ProtocolCell {
  if (text === 'svm') return { name: text, svm: {} };
  const [name = '', period, ...rest] = text.split('/');
  const cell = cells.find((known) => known === name);
  const every = period === undefined ? undefined : Number(period);
  if (cell === undefined || rest.length > 0 || (every !== undefined && !(every >= 1))) {
    throw new InvalidArgumentError(
      `${didYouMean(name, ['svm', ...cells])}Give svm, ${cells.join(', ')}, with a period if needed: a-lstm/1.`,
    );
  }
  const recurrent = { cell, ...(every !== undefined && { period: every }) };
  return { name: text, settings: { model: { recurrent } } };
}
