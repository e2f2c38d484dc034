import { FileError, UsageError } from '../../core/errors.js';
import type { DataSource } from '../../data/source.js';
import type { Cli } from '../cli.js';
import { type CorpusPart, joinedSource, partNames } from '../../corpora/several.js';
import { placesOf } from './corpora.js';
import type { DataFlags } from '../options/data.js';
import { names } from '../options/lists.js';
import { absolute } from '../options/values.js';

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
  const format = manifest !== undefined ? 'manifest' : corpus && partNames(names(corpus)).join('+');
  if (format !== undefined && format !== source.corpus) {
    throw new UsageError(
      `${run} was trained on a corpus in the format ${source.corpus}, not ${format}`,
      `Give the new path of the same recordings: ${option}.`,
    );
  }
  const given = manifest ?? data;
  if (source.corpora) return severalThere(cli, source, source.corpora, given, run, option);
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

/** The same for several corpora: `given` names the place of each. */
async function severalThere(
  cli: Cli,
  source: DataSource,
  corpora: readonly CorpusPart[],
  given: string | undefined,
  run: string,
  option: string,
): Promise<DataSource> {
  const places = given === undefined ? corpora.map(({ path }) => path) : placesOf(given, corpora);
  for (const [i, path] of places.entries()) {
    if (await cli.files.exists(path)) continue;
    const { corpus } = corpora[i]!;
    throw new FileError(
      given === undefined
        ? `the recordings of ${corpus} that ${run} was trained on are no longer at ${path}`
        : `there is no ${path}`,
      `Give the paths of all its corpora (${source.corpus}), separated by commas: ${option}.`,
    );
  }
  return { ...source, ...joinedSource(corpora.map((part, i) => ({ ...part, path: places[i]! }))) };
}
