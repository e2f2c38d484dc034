import type { z } from 'zod';
import { ConfigError, CorpusError, UsageError } from '../core/errors.js';
import type { Files } from '../core/files.js';
import { joinPath, relativePath } from '../core/paths.js';
import { checkSchema, dictionaryOf, integer, listOf, object, real, text } from '../core/schema.js';
import { MOST_RESULT_BYTES, readJson } from '../core/json-file.js';
import type { Skipped, Utterance } from '../corpora/corpus.js';
import type { CorpusPermissions } from '../corpora/filters.js';
import { classesOf, labelSets } from '../corpora/labels.js';
import { joinedSource } from '../corpora/several.js';
import { byUtterance } from '../features/normalise.js';
import { unlessDefault } from '../features/sets/registry.js';
import { featureSource, wantsFunctionals } from '../runs/settings.js';
import { unlessUntrimmed } from '../features/trim.js';
import type { Dataset } from '../data/dataset.js';
import { digestLike } from '../data/digest.js';
import { FEATURE_MEMORY, type HeldFeatures, type Room } from '../data/feature-memory.js';
import {
  featureSetOf,
  loadCorpus,
  type DataSource,
  type LoadedCorpus,
  type SourceOptions,
} from '../data/source.js';
import { sha256 } from '../features/digest.js';
import { cellSettings, type Protocol, type ProtocolCell } from './protocol.js';
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
  /** Recordings that cannot be used, by their path in the corpus. */
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
  folds: listOf(
    object({
      name: text(),
      testSpeakers: listOf(text()),
      trainSpeakers: listOf(text()).exactOptional(),
    }),
  ),
});

/** Features of the recordings as a cell wants them; cells that want the same share them. */
export interface CellData {
  /** Where they come from, with this cell's feature set and normalisation. */
  readonly source: DataSource;
  /** Features of each utterance. */
  readonly items: readonly HeldFeatures[];
  /** By change that the source asks for: of the copy of each utterance, undefined where it cannot be used. */
  readonly copies: LoadedCorpus['copies'];
  /** Memory left for more. */
  readonly room: Room;
}

/** The recordings of an experiment. */
export interface ExperimentData {
  /** Folder or manifest of the corpus, absolute; of several, the folder that holds all. */
  readonly path: string;
  readonly utterances: readonly Utterance[];
  /** By cell. */
  readonly cells: ReadonlyMap<string, CellData>;
  readonly summary: DataSummary;
}

/**
 * Reads the corpus of a protocol and the features of all its utterances, once for each kind of features that
 * its cells want.
 *
 * @example
 * const protocol = parseProtocol(JSON.parse(await readText(files, 'paper.json')), 'paper.json');
 * const loaded = await loadExperimentData(files, protocol, '/data/IEMOCAP_full_release', {});
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
  const places = typeof path === 'string' ? [path] : path;
  const permissions = allowOutside ? { allowOutside } : {};
  const sources = protocol.cells.map((cell) => ({
    name: cell.name,
    source: { ...sourceOf(protocol, cell, places), ...permissions },
    functionals: cell.svm === undefined && wantsFunctionals(cellSettings(protocol, cell)),
  }));
  // of each kind one that wants functionals, if there is any: the others can do with them
  const kinds = new Map(
    sources
      .toSorted((one, other) => Number(one.functionals) - Number(other.functionals))
      .map((own) => [kindOf(own), own]),
  );
  const featureMemory = Math.floor((options.featureMemory ?? FEATURE_MEMORY) / kinds.size);
  const loaded = new Map<string, LoadedCorpus>();
  for (const [kind, { source, functionals }] of kinds) {
    const held = { ...options, featureMemory, ...(functionals && { functionals }) };
    loaded.set(kind, await loadCorpus(files, source, held));
  }
  const [first] = loaded.values() as Iterable<LoadedCorpus>;
  const usable = usableInAll([...loaded.values()]);
  const utterances = first!.utterances.filter(({ path: own }) => usable.has(own));
  for (const task of ['emotion', 'speaker']) {
    const unlabelled = utterances.find(({ labels }) => labels[task] === undefined);
    if (unlabelled === undefined) continue;
    throw new CorpusError(`${unlabelled.path} has no ${task}`, 'Label it or remove it.');
  }
  const shared = new Map(
    [...loaded].map(([kind, { utterances: own, items, copies, room }]) => {
      const kept = <T>(values: readonly T[]): T[] =>
        values.filter((_, i) => usable.has(own[i]!.path));
      return [kind, { items: kept(items), copies: copies.map(kept), room }];
    }),
  );
  const cells = new Map(
    sources.map((own) => [own.name, { source: own.source, ...shared.get(kindOf(own))! }]),
  );
  const labels = labelSets(utterances);
  const counted = (task: string): Record<string, number> =>
    Object.fromEntries(
      (labels[task] ?? []).map((label) => [
        label,
        utterances.filter((utterance) => utterance.labels[task] === label).length,
      ]),
    );
  const wholes = wholesOf(utterances, cells);
  const folder = sources[0]!.source.path;
  const summary = {
    hash: await hashOf(wholes),
    corpus: first!.corpus.name,
    utterances: utterances.length,
    seconds: wholes[0]!.seconds,
    emotion: counted('emotion'),
    speaker: counted('speaker'),
    skipped: first!.skipped.map((one) => withinCorpus(folder, one)),
    folds: foldsOf(protocol.split, utterances),
  };
  return { path: folder, utterances, cells, summary };
}

/** `data.json` is published: like predictions, it names recordings by their path in the corpus. */
function withinCorpus(folder: string, { path, reason }: Skipped): Skipped {
  const own = relativePath(folder, path);
  return { path: own, reason: reason.replaceAll(path, own) };
}

/**
 * What a cell reads: the corpus of the protocol, with the cell's own features. The protocol's `normalise` comes
 * before the preset's, and the settings' before both.
 */
function sourceOf(protocol: Protocol, cell: ProtocolCell, places: readonly string[]): DataSource {
  const { corpus: from, validationShare, validateBy } = protocol;
  const format1 = protocol.format === 'alstm-protocol-1';
  const { format, corpora, ...filters } = from;
  const settings = cellSettings(protocol, cell);
  const {
    normalise: own,
    kappa: usual,
    ...features
  } = featureSource(settings, 'protocol: settings');
  const normalise = own ?? byUtterance.scope;
  // the first protocols had no prior
  const kappa = settings.features?.kappa ?? (format1 ? undefined : usual);
  // a support vector classifier is never given utterances scaled one by one
  const scope = cell.svm && normalise !== 'speaker' ? 'training' : normalise;
  return {
    ...placedAt(format, corpora, places),
    ...filters,
    ...(validationShare !== undefined && { validationShare }),
    ...(validateBy && { validateBy }),
    ...features,
    ...(scope !== byUtterance.scope && { normalise: scope }),
    ...(scope === 'speaker' && kappa !== undefined && { kappa }),
    seed: 0,
  };
}

/** Cells of a kind can share features in memory: raw, or scaled over the utterance. */
function kindOf({ source }: { readonly source: DataSource }): string {
  const { normalise = byUtterance.scope } = source;
  const raw = normalise !== 'utterance';
  return JSON.stringify({ ...source, normalise: undefined, kappa: undefined, raw });
}

/** Paths of the utterances that can be used with every kind of features. */
function usableInAll(loaded: readonly LoadedCorpus[]): ReadonlySet<string> {
  const [first, ...others] = loaded.map(
    ({ utterances }) => new Set(utterances.map(({ path }) => path)),
  );
  return new Set([...first!].filter((path) => others.every((own) => own.has(path))));
}

/**
 * The data of a cell.
 *
 * @throws ConfigError if they were loaded for a protocol without it
 */
export function cellData({ cells }: ExperimentData, { name }: ProtocolCell): CellData {
  const own = cells.get(name);
  if (own !== undefined) return own;
  throw new ConfigError(
    `the data were not loaded for the cell ${JSON.stringify(name)}`,
    'Load them with the protocol that is run.',
  );
}

/** All utterances as datasets, one for each feature set and trimming. */
function wholesOf(
  utterances: readonly Utterance[],
  cells: ReadonlyMap<string, CellData>,
): readonly Dataset[] {
  const byKind = new Map<string, Dataset>();
  for (const { source, items } of cells.values()) {
    const kind = `${featureSetOf(source).id} ${source.trimDb ?? 'whole'}`;
    if (!byKind.has(kind)) byKind.set(kind, wholeOf(source, utterances, items));
  }
  return [...byKind.values()];
}

/** The digest of the only dataset, or of the digests of several. */
async function hashOf(wholes: readonly Dataset[], like = 'recordings:'): Promise<string> {
  const digests: string[] = [];
  for (const whole of wholes) digests.push(await digestLike(whole, like));
  const [only] = digests;
  if (digests.length === 1) return only!;
  return `recordings:${await sha256(new TextEncoder().encode(digests.join(' ')))}`;
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
  return checkSchema(summarySchema, await readJson(files, path, { most: MOST_RESULT_BYTES }), path);
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
  const { summary, utterances, cells } = data;
  const before = await readDataSummary(files, experiment);
  if (before === undefined) {
    await files.write(summaryPath(experiment), `${JSON.stringify(summary, undefined, 2)}\n`);
    return data;
  }
  const hash = await hashOf(wholesOf(utterances, cells), before.hash);
  if (before.hash === hash) return { ...data, summary: { ...summary, hash } };
  throw new ConfigError(
    `the data differ from those that ${experiment} was started with (${before.utterances} utterances then, ${summary.utterances} now)`,
    'Restore the corpus, or start a new experiment in another folder.',
  );
}
