import { FileError, UsageError } from '../../core/errors.js';
import type { DataSource } from '../../data/source.js';
import type { Cli } from '../cli.js';
import type { DataFlags } from './data.js';
import { absolute } from './values.js';

/**
 * The corpus that a run was trained on, at the path that the options give if it has moved. Its digests
 * decide whether it is the same.
 *
 * @param option that gives the path, for errors
 * @throws UsageError if they name a corpus of another format, or contradict each other; FileError if nothing is there
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
      'Give only the one with the current path of the recordings.',
    );
  }
  const format = manifest === undefined ? corpus : 'manifest';
  if (format !== undefined && format !== source.corpus) {
    throw new UsageError(
      `${run} was trained on a corpus in the format ${source.corpus}, not ${format}`,
      `Give the new path of the same recordings: ${option}.`,
    );
  }
  const given = manifest ?? data;
  const path = given === undefined ? source.path : absolute(given);
  if (await cli.files.exists(path)) return { ...source, path };
  if (given !== undefined) {
    throw new FileError(`there is no ${path}`, `Give the path of the recordings: ${option}.`);
  }
  throw new FileError(
    `the recordings that ${run} was trained on are no longer at ${path}`,
    `Give their new path: ${option}.`,
  );
}
