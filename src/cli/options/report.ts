import { type Command, Option } from 'commander';
import { names } from './lists.js';
import { priorOption, type PriorFlag } from './prior.js';

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
        'also report these cells with their answers averaged, such as a-lstm+svm',
      ).argParser((text: string) => names(text).map((part) => part.split('+'))),
    )
    .addOption(priorOption('also report'));
}
