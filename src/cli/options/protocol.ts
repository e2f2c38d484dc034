import { type Command, InvalidArgumentError, Option } from 'commander';
import { UsageError } from '../../core/errors.js';
import type { CorpusFilters } from '../../corpora/filters.js';
import { partNames } from '../../corpora/several.js';
import type { ValidationUnit } from '../../corpora/split.js';
import { PROTOCOL_FORMAT, type Protocol, type ProtocolCell } from '../../experiments/protocol.js';
import { splitKinds, type SplitRule } from '../../experiments/split-rule.js';
import { cells } from '../../core/cells.js';
import { precisions, type Precision } from '../../plan/plan.js';
import type { RunSettings } from '../../runs/settings.js';
import type { ClassWeights } from '../../training/class-weights.js';
import { classWeights, classWeightsText } from './class-weights.js';
import type { PartWithoutPath } from './corpora.js';
import { addNormaliseOptions, type NormaliseFlags } from './features.js';
import { kappaOf } from '../../runs/choices.js';
import { spelled } from '../text.js';
import {
  addDataOptions,
  type DataFlags,
  filtersOf,
  validateByOption,
  validationShareOption,
} from './data.js';
import {
  addModelOptions,
  addTrainingOptions,
  type ModelFlags,
  type TrainingFlags,
} from './settings.js';
import { listOf, names } from './lists.js';
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
  addDataOptions(command)
    .option('--name <text>', 'title of the report')
    .addOption(
      new Option(
        '--split <kind>',
        'how test speakers are chosen (default: leave-one-speaker-out, or --test-speakers); uses --seed',
      ).choices(splitKinds),
    )
    .option(
      '--test-folds <lists>',
      'test speakers of each fold of the split folds, such as "03,08;09,10"',
      (text: string) => text.split(';').map((fold) => names(fold)),
    )
    .option('--draws <n>', 'number of pairs drawn by random-pair', integerFrom(1), 1)
    .option('--k <n>', 'number of folds of speaker-folds', integerFrom(2), 5)
    .addOption(
      new Option(
        '--cells <list>',
        'cells to compare; /n sets the period: combine every n steps; svm: a support vector classifier of functionals',
      )
        .argParser(listOf(cellOf))
        .default(['lstm', 'mean-lstm', 'a-lstm', 'svm'].map(cellOf), 'lstm,mean-lstm,a-lstm,svm'),
    )
    .addOption(
      new Option('--seeds <list>', 'seeds of the runs')
        .argParser(listOf(integerFrom(0)))
        .default([0, 1, 2], '0,1,2'),
    )
    .option('--label-smoothing <share>', 'label smoothing of every head', numberFrom(0, 1))
    .option('--class-weights <list>', classWeightsText, classWeights)
    .addOption(new Option('--precision <type>', 'storage type of activations').choices(precisions));
  command.addOption(validationShareOption()).addOption(validateByOption());
  return addTrainingOptions(addModelOptions(addNormaliseOptions(command)));
}

/**
 * The protocol that the options define.
 *
 * @param settings from the configuration file and the options combined
 * @param parts the corpora if there are several, or labels are mapped
 * @param seed for the random choices of the split
 * @throws UsageError for --cell
 */
export function protocolOf(
  flags: ProtocolFlags,
  settings: RunSettings,
  seed: number,
  parts?: readonly PartWithoutPath[],
): Protocol {
  if (flags.cell !== undefined) {
    throw new UsageError('--cell was given', 'An experiment compares several: give --cells.');
  }
  const { name, normalise, precision } = flags;
  const { validationShare, validateBy, headHidden, labelSmoothing, classWeights: weights } = flags;
  const corpus = parts
    ? partNames(parts.map((part) => part.corpus)).join('+')
    : (flags.corpus ?? 'manifest');
  const split = splitOf(flags, seed);
  const heads = {
    ...(headHidden !== undefined && { hidden: headHidden }),
    ...(labelSmoothing !== undefined && { labelSmoothing }),
    ...(weights !== undefined && { classWeights: weights }),
  };
  const filters: CorpusFilters = filtersOf(flags);
  const kappa = kappaOf(flags, settings, spelled);
  const features = { ...settings.features, ...(kappa !== undefined && { kappa }) };
  const whole = { ...settings, ...(Object.keys(features).length > 0 && { features }) };
  return {
    format: PROTOCOL_FORMAT,
    name: name ?? `${corpus}: ${flags.cells.map((cell) => cell.name).join(', ')}`,
    corpus: { format: corpus, ...(parts && { corpora: parts }), ...filters },
    split,
    ...(validationShare !== undefined && { validationShare }),
    ...(validateBy && { validateBy }),
    ...(normalise && { normalise }),
    // as in JSON: without undefined values
    settings: JSON.parse(JSON.stringify(whole)) as Record<string, unknown>,
    ...(Object.keys(heads).length > 0 && { heads }),
    cells: flags.cells,
    seeds: flags.seeds,
    ...(precision && { precision }),
  };
}

function splitOf(
  { split, testSpeakers, testFolds, draws, k }: ProtocolFlags,
  seed: number,
): SplitRule {
  const usual = testSpeakers ? 'speakers' : testFolds ? 'folds' : 'leave-one-speaker-out';
  switch (split ?? usual) {
    case 'folds':
      return { kind: 'folds', folds: testFolds ?? [] };
    case 'speakers':
      return { kind: 'speakers', test: testSpeakers ?? [] };
    case 'random-pair':
      return { kind: 'random-pair', draws, seed };
    case 'leave-one-speaker-out':
      return { kind: 'leave-one-speaker-out' };
    case 'leave-one-session-out':
      return { kind: 'leave-one-session-out' };
    case 'leave-one-corpus-out':
      return { kind: 'leave-one-corpus-out' };
    case 'train-on-one-corpus':
      return { kind: 'train-on-one-corpus' };
    case 'speaker-folds':
      return { kind: 'speaker-folds', folds: k, seed };
  }
}

/** `a-lstm`, or with a period, such as `a-lstm/1`; or `svm`. */
function cellOf(text: string): ProtocolCell {
  if (text === 'svm') return { name: text, svm: {} };
  const [name = '', period, ...rest] = text.split('/');
  const cell = cells.find((known) => known === name);
  const every = period === undefined ? undefined : Number(period);
  if (cell === undefined || rest.length > 0 || (every !== undefined && !(every >= 1))) {
    throw new InvalidArgumentError(
      `Give svm, ${cells.join(', ')}, with a period if needed: a-lstm/1.`,
    );
  }
  const recurrent = { cell, ...(every !== undefined && { period: every }) };
  return { name: text, settings: { model: { recurrent } } };
}
