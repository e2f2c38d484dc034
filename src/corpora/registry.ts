import { corpusFormats as formats } from '../core/choices.js';
import { CorpusError, UsageError } from '../core/errors.js';
import type { Files } from '../core/files.js';
import { didYouMeanPath } from '../core/near-path.js';
import { didYouMean } from '../core/suggest.js';
import { skippedText, type Corpus } from './corpus.js';
import { readCremad } from './cremad.js';
import { readEmodb } from './emodb.js';
import { readEmotale } from './emotale.js';
import { readEmovo } from './emovo.js';
import { readEmozionalmente } from './emozionalmente.js';
import {
  filterCorpus,
  type CorpusFiles,
  type CorpusFilters,
  type CorpusNumbers,
  type CorpusPermissions,
} from './filters.js';
import { readFolders } from './folders.js';
import { readIemocap } from './iemocap.js';
import { readJlCorpus } from './jlcorpus.js';
import { readManifest } from './manifest.js';
import { readMesd } from './mesd.js';
import { readNemo } from './nemo.js';
import { readRavdess } from './ravdess.js';
import { readSavee } from './savee.js';
import { readSubesco } from './subesco.js';
import { readTess } from './tess.js';
import { readTurev } from './turev.js';

type CorpusFormat = (typeof formats)[number];

/**
 * Finds the utterances of a corpus in a folder. To add a format, write one of these next to the others
 * (use readNamed if the file names contain all labels, corpusOfExisting if a table does)
 * and name it below and in core/choices.ts.
 */
export type CorpusReader = (
  files: Files,
  folder: string,
  options: CorpusPermissions & CorpusFiles & CorpusNumbers,
) => Promise<Corpus>;

const readers: Readonly<Record<CorpusFormat, CorpusReader>> = {
  cremad: readCremad,
  emodb: readEmodb,
  emotale: readEmotale,
  emovo: readEmovo,
  emozionalmente: readEmozionalmente,
  folders: readFolders,
  iemocap: readIemocap,
  jlcorpus: readJlCorpus,
  manifest: readManifest,
  mesd: readMesd,
  nemo: readNemo,
  ravdess: readRavdess,
  savee: readSavee,
  subesco: readSubesco,
  tess: readTess,
  turev: readTurev,
};

/**
 * Names of the formats, sorted.
 *
 * @example
 * console.log(corpusFormats.includes('ravdess')); // true
 */
export const corpusFormats: readonly string[] = formats;

/**
 * What is read of a corpus.
 *
 * @see CorpusFilters, CorpusPermissions, CorpusFiles, CorpusNumbers
 */
export type CorpusOptions = CorpusFilters & CorpusPermissions & CorpusFiles & CorpusNumbers;

/**
 * Reads a corpus of a named format as it is, without filters; of its numbers those that were asked for.
 *
 * @throws as readCorpus
 */
export async function findCorpus(
  format: string,
  files: Files,
  folder: string,
  options: CorpusPermissions & CorpusNumbers & Pick<CorpusFilters, 'strict'> = {},
): Promise<Corpus> {
  const reader = Object.hasOwn(readers, format) ? readers[format as CorpusFormat] : undefined;
  if (reader === undefined) {
    const known = `${didYouMean(format, corpusFormats)}The formats are ${corpusFormats.join(', ')}.`;
    throw new UsageError(`unknown corpus format ${JSON.stringify(format)}`, known);
  }
  if (!(await files.exists(folder))) {
    const meant = await didYouMeanPath(files, folder);
    throw new CorpusError(
      `there is no ${folder}`,
      `${meant}Give the folder of the ${format} corpus.`,
    );
  }
  const corpus = await reader(files, folder, options);
  const [first, ...others] = corpus.skipped;
  if (options.strict && first !== undefined) {
    const more = others.length > 0 ? ` (and ${others.length} more like it)` : '';
    throw new CorpusError(
      `${skippedText(first)}${more}`,
      'Repair the corpus, or read it without strict to skip unusable recordings.',
    );
  }
  return withNumbers(corpus, options);
}

/**
 * Reads a corpus of a named format and applies the filters, as far as possible
 * without its audio: durations are checked when the recordings are read.
 *
 * @example
 * const { utterances } = await readCorpus('emodb', files, '/data/emodb');
 * console.log(utterances[0]?.labels['emotion']);
 *
 * @param folder its folder; for `manifest` also the file itself
 * @throws UsageError for an unknown format or contradictory filters; CorpusError, FormatError or
 *   FileError for its contents; with `strict` CorpusError for anything that would be skipped
 */
export async function readCorpus(
  format: string,
  files: Files,
  folder: string,
  filters: CorpusOptions = {},
): Promise<Corpus> {
  return filterCorpus(await findCorpus(format, files, folder, filters), filters);
}

/** The corpus with the numbers that were asked for, and no others. */
function withNumbers(corpus: Corpus, { regression = [] }: CorpusNumbers): Corpus {
  const utterances = corpus.utterances.map(({ values = {}, ...rest }) => {
    const wanted = Object.entries(values).filter(([task]) => regression.includes(task));
    return wanted.length === 0 ? rest : { ...rest, values: Object.fromEntries(wanted) };
  });
  return { ...corpus, utterances };
}

/**
 * Refuses a corpus without any number of a regression task.
 *
 * @throws CorpusError
 */
export function refuseWithoutNumbers(
  { name, utterances }: Corpus,
  { regression = [] }: CorpusNumbers,
): void {
  const absent = regression.find((task) =>
    utterances.every(({ values }) => values?.[task] === undefined),
  );
  if (absent === undefined) return;
  throw new CorpusError(
    `the ${name} corpus has no numbers for ${JSON.stringify(absent)}`,
    name === 'manifest'
      ? 'Add a column with that name to the manifest, or correct the name.'
      : 'Name attributes that the corpus has (iemocap, emotale: arousal, valence, dominance), or use a manifest with a column of that name.',
  );
}
