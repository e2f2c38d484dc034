import { type Command, Option } from 'commander';
import { UsageError } from '../../core/errors.js';
import { styles, type Style } from '../../corpora/corpus.js';
import type { CorpusFilters, CorpusPermissions } from '../../corpora/filters.js';
import { joinedSource } from '../../corpora/several.js';
import { validationUnits } from '../../corpora/split.js';
import type { DataSource } from '../../data/source.js';
import type { Cli } from '../cli.js';
import { addCorporaOptions, type CorporaFlags, partsOf, placesOf } from './corpora.js';
import { names, pairs, quotingNote } from './lists.js';
import { absolute, bytes, shareBelowOne, path, positive } from './values.js';

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
    .option('--emotions <list>', `keep only these emotions; ${quotingNote}`, names)
    .option('--merge <list>', 'rename emotions first, such as exc=hap', merges)
    .addOption(new Option('--style <style>', 'keep only this style of speech').choices(styles))
    .option('--min-seconds <seconds>', 'skip shorter recordings', positive)
    .option('--max-seconds <seconds>', 'skip longer recordings', positive)
    .option('--strict', 'fail at a recording that cannot be used, instead of skipping it')
    .option('--allow-outside', "also use a manifest's recordings outside its folder");
}

/** The filters that were given. */
export function filtersOf(flags: FilterFlags): CorpusFilters {
  const { emotions, merge, style, minSeconds, maxSeconds, strict } = flags;
  return {
    ...(emotions && { emotions }),
    ...(merge && { merge }),
    ...(style && { style }),
    ...(minSeconds !== undefined && { minSeconds }),
    ...(maxSeconds !== undefined && { maxSeconds }),
    ...(strict && { strict }),
  };
}

/** The permissions that were given. */
export function permissionsOf({ allowOutside }: FilterFlags): CorpusPermissions {
  return allowOutside ? { allowOutside } : {};
}

/** Adds the options that `train`, `evaluate` and `experiment` share. */
export function addDataOptions(command: Command): Command {
  addCorporaOptions(command).option(
    '--manifest <file>',
    'manifest CSV, instead of --corpus and --data',
    path,
  );
  return addFilterOptions(command)
    .option('--test-speakers <list>', `speakers held out for testing; ${quotingNote}`, names)
    .option(
      '--feature-memory <size>',
      'most memory for features; more are read from the cache (default: 128MiB)',
      bytes,
    );
}

/** How much is drawn for validation, for `train` and `experiment`. */
export function validationShareOption(): Option {
  return new Option(
    '--validation-share <share>',
    'share of the training utterances held out for validation (default: 0.1); 0: none, with --keep last',
  ).argParser(shareBelowOne);
}

/** What validation is drawn by, for `train` and `experiment`. */
export function validateByOption(): Option {
  return new Option(
    '--validate-by <unit>',
    'draw validation by utterance (default: it shares its speakers with training), or whole speakers',
  ).choices(validationUnits);
}

/** Whether any of the options was given. */
export function asksForData({ corpus, data, manifest }: DataFlags): boolean {
  return corpus !== undefined || data !== undefined || manifest !== undefined;
}

/**
 * The corpus that the options name, or several, with absolute paths, so that a run resumed from another
 * folder finds them again.
 *
 * @throws UsageError if they name none, or contradict each other; like partsOf
 */
export async function dataSource(cli: Cli, flags: DataFlags): Promise<DataSource> {
  const { corpus, data, manifest, testSpeakers } = flags;
  const where = manifest ?? data;
  const clash = manifest !== undefined && (corpus !== undefined || data !== undefined);
  if (clash || where === undefined || (data !== undefined && corpus === undefined)) {
    throw new UsageError(
      clash ? '--manifest was given together with --corpus or --data' : 'no recordings were given',
      'Give --corpus FORMAT and --data DIR, or --manifest FILE.',
    );
  }
  const parts = await partsOf(cli, flags);
  const places = parts && placesOf(where, parts);
  const whole = places && joinedSource(parts.map((part, i) => ({ ...part, path: places[i]! })));
  return {
    ...(whole ?? { corpus: corpus ?? 'manifest', path: absolute(where) }),
    seed: cli.seed,
    ...filtersOf(flags),
    ...permissionsOf(flags),
    ...(testSpeakers && { testSpeakers }),
  };
}

/** New names of emotions: `exc=hap,fru=ang`. */
function merges(text: string): Record<string, string> {
  return Object.fromEntries(
    pairs(text, 'Give each emotion and its new name, such as exc=hap,fru=ang.'),
  );
}
