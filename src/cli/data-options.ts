import { type Command, Option } from 'commander';
import { UsageError } from '../core/errors.js';
import { corpusFormats } from '../corpora/registry.js';
import type { DataSource } from '../training/data-source.js';
import type { Cli } from './cli.js';
import { absolute, names, path } from './values.js';

/** Options that say which recordings to take. */
export interface DataFlags {
  readonly corpus?: string;
  readonly data?: string;
  readonly manifest?: string;
  readonly emotions?: string[];
  readonly testSpeakers?: string[];
}

/** Adds the options that `train` and `evaluate` share. */
export function addDataOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--corpus <format>', 'format of the corpus; with --data').choices(corpusFormats),
    )
    .option('--data <dir>', 'folder of the corpus; with --corpus', path)
    .option('--manifest <file>', 'manifest CSV, instead of --corpus and --data', path)
    .option('--emotions <list>', 'keep only these emotions', names)
    .option('--test-speakers <list>', 'speakers held out for testing', names);
}

/** Whether any of the options was given. */
export function asksForData({ corpus, data, manifest }: DataFlags): boolean {
  return corpus !== undefined || data !== undefined || manifest !== undefined;
}

/**
 * The corpus that the options name, with an absolute path: a run that is resumed from elsewhere finds
 * it again.
 *
 * @throws UsageError where they name none, or contradict
 */
export function dataSource(cli: Cli, flags: DataFlags): DataSource {
  const { corpus, data, manifest, emotions, testSpeakers } = flags;
  const where = manifest ?? data;
  const clash = manifest !== undefined && (corpus !== undefined || data !== undefined);
  if (clash || where === undefined || (data !== undefined && corpus === undefined)) {
    throw new UsageError(
      clash ? '--manifest was given together with --corpus or --data' : 'no recordings were given',
      'Give --corpus FORMAT and --data DIR, or else --manifest FILE.',
    );
  }
  return {
    corpus: corpus ?? 'manifest',
    path: absolute(where),
    seed: cli.seed,
    ...(emotions && { emotions }),
    ...(testSpeakers && { testSpeakers }),
  };
}
