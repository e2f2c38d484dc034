import type { z } from 'zod';
import { ConfigError, CorpusError, UsageError } from '../core/errors.js';
import { readText, type Files } from '../core/files.js';
import { parseJson } from '../core/json.js';
import { joinPath } from '../core/paths.js';
import { checkSchema, dictionaryOf, integer, listOf, object, real, text } from '../core/schema.js';
import type { Skipped, Utterance } from '../corpora/corpus.js';
import type { CorpusPermissions } from '../corpora/filters.js';
import { classesOf, labelSets } from '../corpora/labels.js';
import { joinedSource } from '../corpora/several.js';
import { byUtterance } from '../features/normalise.js';
import { unlessDefault } from '../features/sets/registry.js';
import { unlessUntrimmed } from '../features/trim.js';
import type { Dataset } from '../data/dataset.js';
import { digestLike, digestOf } from '../data/digest.js';
import type { HeldFeatures, Room } from '../data/feature-memory.js';
import {
  featureSetOf,
  loadCorpus,
  type DataSource,
  type LoadedCorpus,
  type SourceOptions,
} from '../data/source.js';
import { parseRunSettings } from '../runs/settings.js';
import type { Protocol } from './protocol.js';
import { foldsOf, type Fold } from './split-rule.js';

const count = integer(0);

/** `data.json` of an experiment: describes its data. */
export interface DataSummary {
  /** SHA-256 of recordings and labels of all utterances; in an older experiment, of features and labels. */
  readonly hash: string;
  readonly corpus: string;
  readonly utterances: number;
  readonly seconds: number;
  /** Utterances by emotion. */
  readonly emotion: Readonly<Record<string, number>>;
  /** Utterances by speaker. */
  readonly speaker: Readonly<Record<string, number>>;
  readonly skipped: readonly Skipped[];
  /** The folds of the protocol's split. */
  readonly folds: readonly Fold[];
}

const summarySchema: z.ZodType<DataSummary> = object({
  hash: text(),
  corpus: text(),
  utterances: integer(1),
  seconds: real({ from: 0 }),
  emotion: dictionaryOf(count),
  speaker: dictionaryOf(count),
  skipped: listOf(object({ path: text(), reason: text() })),
  folds: listOf(object({ name: text(), testSpeakers: listOf(text()) })),
});

/** The recordings of an experiment. */
export interface ExperimentData {
  readonly source: DataSource;
  readonly utterances: readonly Utterance[];
  /** Features of each utterance. */
  readonly items: readonly HeldFeatures[];
  /** By speed of the source: of the copy of each utterance, undefined where it cannot be used. */
  readonly copies: LoadedCorpus['copies'];
  /** Memory left for more. */
  readonly room: Room;
  readonly summary: DataSummary;
}

/**
 * Reads the corpus of a protocol and the features of all its utterances.
 *
 * @param path folder or manifest of the corpus, absolute; of several corpora, of each in their order
 * @throws like loadCorpus; CorpusError for utterances without an emotion or speaker
 */
export async function loadExperimentData(
  files: Files,
  protocol: Protocol,
  path: string | readonly string[],
  { allowOutside, ...options }: SourceOptions & CorpusPermissions,
): Promise<ExperimentData> {
  const { corpus: from, split, validationShare, validateBy, normalise, settings = {} } = protocol;
  const { format, corpora, ...filters } = from;
  const places = typeof path === 'string' ? [path] : path;
  const { features } = parseRunSettings(settings, 'protocol: settings');
  const source = {
    ...placedAt(format, corpora, places),
    ...filters,
    ...(allowOutside && { allowOutside }),
    ...(validationShare !== undefined && { validationShare }),
    ...(validateBy && { validateBy }),
    ...(features?.set !== undefined && { features: features.set }),
    ...unlessUntrimmed(features?.trimDb),
    ...(features?.speeds && { speeds: features.speeds }),
    ...(normalise !== undefined && { normalise }),
    seed: 0,
  };
  const { corpus, utterances, items, copies, room, skipped } = await loadCorpus(
    files,
    source,
    options,
  );
  for (const task of ['emotion', 'speaker']) {
    const unlabelled = utterances.find(({ labels }) => labels[task] === undefined);
    if (unlabelled === undefined) continue;
    throw new CorpusError(`${unlabelled.path} has no ${task}`, 'Label it or remove it.');
  }
  const labels = labelSets(utterances);
  const counted = (task: string): Record<string, number> =>
    Object.fromEntries(
      (labels[task] ?? []).map((label) => [
        label,
        utterances.filter((utterance) => utterance.labels[task] === label).length,
      ]),
    );
  const whole = wholeOf(source, utterances, items);
  const summary = {
    hash: await digestOf(whole),
    corpus: corpus.name,
    utterances: utterances.length,
    seconds: whole.seconds,
    emotion: counted('emotion'),
    speaker: counted('speaker'),
    skipped,
    folds: foldsOf(split, utterances),
  };
  return { source, utterances, items, copies, room, summary };
}

/**
 * Where the corpus of a protocol is, or each of several.
 *
 * @throws UsageError if there are not as many places as corpora
 */
function placedAt(
  format: string,
  corpora: Protocol['corpus']['corpora'],
  places: readonly string[],
): Pick<DataSource, 'corpus' | 'path' | 'corpora'> {
  const count = corpora?.length ?? 1;
  if (places.length !== count) {
    throw new UsageError(
      `${places.length} paths were given for ${count} ${count === 1 ? 'corpus' : 'corpora'}`,
      'Give the path of each, in the order of the protocol.',
    );
  }
  if (corpora === undefined) return { corpus: format, path: places[0]! };
  return joinedSource(corpora.map((part, i) => ({ ...part, path: places[i]! })));
}

/** All utterances as one dataset, for its digest: normalised by utterance whatever the protocol says. */
function wholeOf(
  source: DataSource,
  utterances: readonly Utterance[],
  items: readonly HeldFeatures[],
): Dataset {
  return {
    ...unlessDefault(featureSetOf(source)),
    ...unlessUntrimmed(source.trimDb),
    lengths: Int32Array.from(items, ({ frames }) => frames),
    targets: classesOf(utterances, labelSets(utterances)),
    paths: utterances.map(({ path }) => path),
    seconds: items.reduce((sum, { seconds }) => sum + seconds, 0),
    normalisation: byUtterance,
    origin: { recordings: items.map(({ recording }) => recording) },
    read: (rows) => Promise.all(rows.map((row) => items[row]!.read('normalised'))),
  };
}

const summaryPath = (experiment: string): string => joinPath(experiment, 'data.json');

export async function readDataSummary(
  files: Files,
  experiment: string,
): Promise<DataSummary | undefined> {
  const path = summaryPath(experiment);
  if (!(await files.exists(path))) return undefined;
  return checkSchema(summarySchema, parseJson(await readText(files, path), path), path);
}

/**
 * Writes the summary of the data beside the protocol, or checks the one that is there.
 *
 * @returns the data with the hash that the experiment was started with: an older one's is of features
 * @throws ConfigError if the experiment was started with other data; like the features' `read`
 */
export async function keepDataSummary(
  files: Files,
  experiment: string,
  data: ExperimentData,
): Promise<ExperimentData> {
  const { source, summary, utterances, items } = data;
  const before = await readDataSummary(files, experiment);
  if (before === undefined) {
    await files.write(summaryPath(experiment), `${JSON.stringify(summary, undefined, 2)}\n`);
    return data;
  }
  const hash = await digestLike(wholeOf(source, utterances, items), before.hash);
  if (before.hash === hash) return { ...data, summary: { ...summary, hash } };
  throw new ConfigError(
    `the data differ from those that ${experiment} was started with (${before.utterances} utterances then, ${summary.utterances} now)`,
    'Restore the corpus, or start a new experiment in another folder.',
  );
}
