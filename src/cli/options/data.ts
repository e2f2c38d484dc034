import { type Command, Option } from 'commander';
import { styles, validationUnits } from '../../core/choices.js';
import type { Style } from '../../corpora/corpus.js';
import { choice } from './choice.js';
import { addCorporaOptions, type CorporaFlags } from './corpora.js';
import { names, pairs, quotingNote } from './lists.js';
import { bytes, shareBelowOne, path, positive } from './values.js';

/** Options that select recordings of a corpus. */
export interface FilterFlags {
  readonly emotions?: string[];
  readonly merge?: Record<string, string>;
  readonly style?: Style;
  readonly minSeconds?: number;
  readonly maxSeconds?: number;
  readonly strict?: boolean;
  readonly allowOutside?: boolean;
}

/** Options that select the recordings to use. */
export interface DataFlags extends FilterFlags, CorporaFlags {
  readonly featureMemory?: number;
  readonly manifest?: string;
  readonly testSpeakers?: string[];
}

/** Adds the filter options. */
export function addFilterOptions(command: Command): Command {
  return command
    .option('--emotions <list>', `use only these emotions; ${quotingNote}`, names)
    .option('--merge <list>', 'first rename emotions, such as exc=hap: two become one', merges)
    .addOption(choice('--style <style>', 'use only speech of this style', styles))
    .option('--min-seconds <seconds>', 'leave out recordings that are shorter', positive)
    .option('--max-seconds <seconds>', 'leave out recordings that are longer', positive)
    .option('--strict', 'stop at a recording that cannot be used, instead of leaving it out')
    .option('--allow-outside', "also read a manifest's recordings outside its folder");
}

/** Adds the options that `train`, `evaluate` and `experiment` share. */
export function addDataOptions(command: Command): Command {
  command.optionsGroup('Recordings:');
  addCorporaOptions(command).option(
    '--manifest <file>',
    'a CSV table of recordings, instead of --corpus and --data',
    path,
  );
  return addFilterOptions(command)
    .option('--test-speakers <list>', `keep these speakers for testing; ${quotingNote}`, names)
    .option(
      '--feature-memory <size>',
      'memory for features; what does not fit is read from the cache (default: 128MiB)',
      bytes,
    );
}

/** How much is drawn for validation, for `train` and `experiment`. */
export function validationShareOption(): Option {
  return new Option(
    '--validation-share <share>',
    'share of the training recordings kept for validation (default: 0.1); 0: none, with --keep last',
  ).argParser(shareBelowOne);
}

/** What validation is drawn by, for `train` and `experiment`. */
export function validateByOption(): Option {
  return choice(
    '--validate-by <unit>',
    'draw the validation set recording by recording (default; its speakers are in training too), or whole speakers',
    validationUnits,
  );
}

/** New names of emotions: `exc=hap,fru=ang`. */
function merges(text: string): Record<string, string> {
  return Object.fromEntries(
    pairs(text, 'Give each emotion and its new name, such as exc=hap,fru=ang.'),
  );
}
