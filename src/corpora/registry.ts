import { CorpusError, UsageError } from '../core/errors.js';
import type { Files } from '../core/files.js';
import { sortedUnique } from '../core/order.js';
import type { Corpus } from './corpus.js';
import { readManifest } from './manifest.js';
import { readNemo } from './nemo.js';

/**
 * Finds the utterances of a corpus in a folder. To add a format: write one of these beside the others
 * (corpusOfExisting does the part that all have in common) and name it below.
 */
export type CorpusReader = (files: Files, folder: string) => Promise<Corpus>;

const readers: Readonly<Record<string, CorpusReader>> = {
  manifest: readManifest,
  nemo: readNemo,
};

/** Names of the formats, sorted. */
export const corpusFormats: readonly string[] = sortedUnique(Object.keys(readers));

export interface CorpusOptions {
  /** Keep only utterances of these emotions; the others are skipped. */
  readonly emotions?: readonly string[];
}

/**
 * Reads a corpus of a named format.
 *
 * @param folder where it is; for `manifest` also the file itself
 * @throws UsageError for an unknown format; CorpusError, FormatError or FileError for its content
 */
export async function readCorpus(
  format: string,
  files: Files,
  folder: string,
  options: CorpusOptions = {},
): Promise<Corpus> {
  const reader = Object.hasOwn(readers, format) ? readers[format] : undefined;
  if (reader === undefined) {
    const known = `The formats are ${corpusFormats.join(', ')}.`;
    throw new UsageError(`unknown corpus format ${JSON.stringify(format)}`, known);
  }
  if (!(await files.exists(folder))) {
    throw new CorpusError(`there is no ${folder}`, `Give the folder of the ${format} corpus.`);
  }
  const corpus = await reader(files, folder);
  return options.emotions === undefined ? corpus : keepEmotions(corpus, options.emotions);
}

function keepEmotions(corpus: Corpus, wanted: readonly string[]): Corpus {
  const known = sortedUnique(corpus.utterances.flatMap(({ labels }) => labels['emotion'] ?? []));
  const unknown = wanted.find((emotion) => !known.includes(emotion));
  if (unknown !== undefined) {
    throw new CorpusError(
      `the ${corpus.name} corpus has no emotion ${JSON.stringify(unknown)}`,
      `It has ${known.join(', ') || 'none'}.`,
    );
  }
  const keeps = (emotion: string | undefined): boolean =>
    emotion !== undefined && wanted.includes(emotion);
  const left = corpus.utterances.filter(({ labels }) => !keeps(labels['emotion']));
  const skipped = left.map(({ path, labels }) => ({
    path,
    reason:
      labels['emotion'] === undefined ? 'no emotion' : `emotion ${labels['emotion']} not wanted`,
  }));
  return {
    name: corpus.name,
    utterances: corpus.utterances.filter(({ labels }) => keeps(labels['emotion'])),
    skipped: [...corpus.skipped, ...skipped],
  };
}
