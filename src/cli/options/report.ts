import { type Command, Option } from 'commander';
import type { ReportSettings } from '../../experiments/protocol.js';
import type { Cli } from '../cli.js';
import { names } from './lists.js';
import { priorOption, readPrior, type PriorFlag } from './prior.js';

export interface ReportFlags {
  readonly combine?: readonly (readonly string[])[];
  readonly prior?: PriorFlag;
}

/** What the report of an experiment shows besides. */
export function addReportOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--combine <list>',
        'also report cells with their probabilities averaged, such as a-lstm+svm',
      ).argParser((text: string) => names(text).map((part) => part.split('+'))),
    )
    .addOption(priorOption('also report'));
}

/** @throws like readPrior */
export async function reportSettings(
  cli: Cli,
  { combine, prior }: ReportFlags,
): Promise<ReportSettings> {
  return {
    ...(combine && { combine }),
    ...(prior !== undefined && { prior: await readPrior(cli, prior) }),
  };
}
