import { FileError, UsageError } from '../../core/errors.js';
import type { DataSource } from '../../data/source.js';
import type { Cli } from '../cli.js';
import type { DataFlags } from './data.js';
import { absolute } from './values.js';

/**
 * The corpus that a run was trained on, at the place that the options give where it has moved. Whether it is
 * the same is for its digests to tell.
 *
 * @param option that says the place, for errors
 * @throws UsageError where they name a corpus of another format, or contradict; FileError where nothing is there
 */
export async function sourceThere(
  cli: Cli,
  source: DataSource,
  { corpus, data, manifest }: DataFlags,
  run: string,
  option = source.corpus === 'manifest' ? '--manifest FILE' : '--data DIR',
): Promise<DataSource> {
  if (manifest !== undefined && (corpus !== undefined || data !== undefined)) {
    throw new UsageError(
      '--manifest was given together with --corpus or --data',
      'Give one of them: where the recordings of the run are now.',
    );
  }
  const format = manifest === undefined ? corpus : 'manifest';
  if (format !== undefined && format !== source.corpus) {
    throw new UsageError(
      `${run} was trained on a corpus of the format ${source.corpus}, not ${format}`,
      `Give the new place of the same recordings: ${option}.`,
    );
  }
  const given = manifest ?? data;
  const path = given === undefined ? source.path : absolute(given);
  if (await cli.files.exists(path)) return { ...source, path };
  if (given !== undefined) {
    throw new FileError(`there is no ${path}`, `Give the place of the recordings: ${option}.`);
  }
  throw new FileError(
    `the recordings that ${run} was trained on are no longer at ${path}`,
    `Give their new place: ${option}.`,
  );
}
