import { InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { UsageError } from '../../core/errors.js';
import { listName, nameList } from '../../core/names.js';
import { checkSchema, dictionaryOf } from '../../core/schema.js';
import { readJson } from '../../core/json-file.js';
import { type CorpusPart, type LabelMap, partNames } from '../../corpora/several.js';
import type { Cli } from '../cli.js';
import { names, pairs } from '../options/lists.js';
import { absolute, path } from '../options/values.js';
import { type CorporaFlags } from '../options/corpora.js';

/** A corpus of several without its place. */
export type PartWithoutPath = Omit<CorpusPart, 'path'>;

/**
 * The corpora that the options name, with their maps; undefined for a single one as it is.
 *
 * @throws UsageError for a map of a corpus that is not used; FileError, FormatError or ConfigError for the file
 */
export async function partsOf(
  cli: Cli,
  { corpus = 'manifest', map: given = [] }: CorporaFlags,
): Promise<readonly PartWithoutPath[] | undefined> {
  const own = names(corpus);
  if (own.length === 1 && given.length === 0) return undefined;
  const called = partNames(own);
  const maps = new Map<string, LabelMap>();
  const add = (name: string, map: LabelMap): void =>
    void maps.set(name, { ...maps.get(name), ...map });
  for (const text of given) {
    const [, name, labels] = /^([\w-]+):(.*=.*)$/.exec(text) ?? [];
    if (name === undefined || labels === undefined) {
      const json = await readJson(cli.files, path(text), { name: text });
      const found = checkSchema(dictionaryOf(dictionaryOf(z.string('a text'))), json, text);
      for (const [each, map] of Object.entries(found)) if (called.includes(each)) add(each, map);
      continue;
    }
    if (!called.includes(name)) {
      throw new UsageError(
        `--map names the corpus ${name}, but the data are of ${nameList(called)}`,
        'Name one of them before the colon.',
      );
    }
    add(name, labelsOf(labels));
  }
  return own.map((format, i) => {
    const map = maps.get(called[i]!);
    return { corpus: format, ...(map && { map }) };
  });
}

function labelsOf(text: string): LabelMap {
  const hint = 'Give each emotion and its new name, such as W=anger,L= (without a name: dropped).';
  try {
    return Object.fromEntries(pairs(text, hint, { empty: true }));
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw new UsageError(`--map has ${JSON.stringify(text)}`, hint);
  }
}

/**
 * The absolute path of each corpus.
 *
 * @param text the value of --data
 * @throws UsageError if they are not as many as corpora
 */
export function placesOf(text: string, corpora: readonly PartWithoutPath[]): readonly string[] {
  if (corpora.length === 1) return [absolute(text)];
  const places = names(text).map(absolute);
  if (places.length === corpora.length) return places;
  const formats = corpora.map(({ corpus }) => corpus);
  throw new UsageError(
    `--data names ${places.length} ${places.length === 1 ? 'folder' : 'folders'} for ${corpora.length} ` +
      `corpora (${nameList(formats)})`,
    'Give one for each, in the same order, separated by commas.',
  );
}

/** Places as a value of --data. */
export function placesText(places: readonly string[]): string {
  return places.length === 1 ? places[0]! : places.map(listName).join(',');
}
