import { type Command, Option } from 'commander';
import { addRenamed } from './renamed.js';
import { path } from './values.js';

/** How the kernel plan is chosen. */
export interface PlanFlags {
  readonly plan?: string;
  /** Neither `--tune` nor `--no-tune`: undefined. */
  readonly tune?: boolean;
  readonly cooperative?: boolean;
}

export function addPlanOptions(command: Command): Command {
  command
    .optionsGroup('Speed:')
    .option('--plan <file>', 'run the kernels as this file of alstm tune says', path)
    .option(
      '--tune',
      'first find out which kernels are fastest, once for each size (default on a GPU)',
    )
    .option('--no-tune', 'choose kernels by fixed rules (default without a GPU)');
  return addCooperative(command);
}

export function addCooperative(command: Command): Command {
  const option = new Option(
    '--cooperative',
    'also try kernels whose workgroups wait for each other (experimental)',
  );
  return addRenamed(command, option, '--resident');
}
