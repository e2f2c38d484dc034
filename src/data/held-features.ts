import type { Utterance } from '../corpora/corpus.js';
import { classesOf, numbersOf, type LabelSets } from '../corpora/labels.js';
import {
  knownSpeaker,
  type Normalisation,
  type NormalisationScope,
} from '../features/normalise.js';
import type { FeatureSet } from '../features/sets/feature-set.js';
import { defaultFeatureSet, unlessDefault } from '../features/sets/registry.js';
import {
  applyStatistics,
  statisticsOfStream,
  type FeatureStatistics,
} from '../features/statistics.js';
import type { Dataset } from './dataset.js';
import type { HeldFeatures, Room } from './feature-memory.js';

/**
 * The normalisation, derived from the training side, for its own and all other utterances.
 *
 * @param featureSet what the features are; default: `prosody36`
 */
export async function normalisationOfHeld(
  scope: NormalisationScope,
  training: readonly HeldFeatures[],
  { dimensions }: FeatureSet = defaultFeatureSet,
): Promise<Normalisation> {
  if (scope !== 'training') return { scope };
  return { scope, statistics: await statisticsOfHeld(training, dimensions) };
}

/** How a side's features are normalised. */
export interface SideOptions {
  /** Memory for normalised features that are not in memory yet; those that do not fit are normalised when read. */
  readonly room: Room;
  /** Normalise in place what is in memory: nobody else needs the raw features. */
  readonly overwrite?: boolean;
  /** Whose labels must be known, as in classesOf. */
  readonly task?: string | undefined;
  /** What the features are; default: `prosody36`. */
  readonly featureSet?: FeatureSet | undefined;
}

/**
 * The dataset of one side of the data, normalised.
 *
 * @param held by a FeatureMemory of the normalisation's scope
 * @param labels classes by task
 * @throws CorpusError if the scope is `speaker` and an utterance has none; like classesOf and their `read`
 */
export async function datasetOfHeld(
  normalisation: Normalisation,
  utterances: readonly Utterance[],
  held: readonly HeldFeatures[],
  labels: LabelSets,
  { task, featureSet = defaultFeatureSet, ...options }: SideOptions,
): Promise<Dataset> {
  const { scope } = normalisation;
  const { dimensions } = featureSet;
  const speakers = scope === 'speaker' ? speakersOf(utterances) : undefined;
  const targets = { ...classesOf(utterances, labels, task), ...numbersOf(utterances) };
  const statistics = await statisticsOfEach(normalisation, held, speakers, dimensions);
  const sources = held.map((own, i) => normalisedOf(own, statistics?.[i], options));
  return {
    lengths: Int32Array.from(held, ({ frames }) => frames),
    targets,
    paths: utterances.map(({ path }) => path),
    seconds: held.reduce((sum, { seconds }) => sum + seconds, 0),
    ...unlessDefault(featureSet),
    normalisation,
    origin: { recordings: held.map(({ recording }) => recording), ...(speakers && { speakers }) },
    read: (rows) => readSome(rows.map((row) => sources[row]!)),
  };
}

/**
 * Refuses utterances without a speaker if they are normalised by speaker.
 *
 * @throws CorpusError
 */
export function refuseNamelessFor(
  scope: NormalisationScope,
  utterances: readonly Utterance[],
): void {
  if (scope === 'speaker') speakersOf(utterances);
}

function speakersOf(utterances: readonly Utterance[]): string[] {
  return utterances.map(({ labels: { speaker }, path }) => knownSpeaker(speaker, path));
}

/** Files that are read at the same time. */
const TOGETHER = 4;

/** Normalised features: in memory, or how to read them. */
type Source = Float32Array | (() => Promise<Float32Array>);

function normalisedOf(
  held: HeldFeatures,
  statistics: FeatureStatistics | undefined,
  { room, overwrite = false }: Pick<SideOptions, 'room' | 'overwrite'>,
): Source {
  const { matrix, read } = held;
  if (statistics === undefined) return matrix ?? (() => read('normalised'));
  if (matrix && overwrite) return applyStatistics(matrix, statistics, matrix);
  if (matrix && room.take(matrix.byteLength)) return applyStatistics(matrix, statistics);
  return async () => {
    const raw = await read('features');
    return applyStatistics(raw, statistics, raw === matrix ? undefined : raw);
  };
}

/**
 * A few files at a time: in parallel they take less time, but each needs some memory while it is read. After
 * an error no other is started, and it is thrown once those under way have ended.
 */
async function readSome(sources: readonly Source[]): Promise<Float32Array[]> {
  const found = new Array<Float32Array>(sources.length);
  const left = sources.entries();
  let failed = false;
  const work = async (): Promise<void> => {
    try {
      for (const [i, source] of left) {
        if (failed) return;
        found[i] = source instanceof Float32Array ? source : await source();
      }
    } catch (error) {
      failed = true;
      throw error;
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: TOGETHER }, work));
  for (const each of ended) if (each.status === 'rejected') throw each.reason;
  return found;
}

/** What each utterance is normalised with; undefined if over itself. */
async function statisticsOfEach(
  normalisation: Normalisation,
  held: readonly HeldFeatures[],
  speakers: readonly string[] | undefined,
  dimensions: number,
): Promise<FeatureStatistics[] | undefined> {
  switch (normalisation.scope) {
    case 'utterance':
      return undefined;
    case 'training':
      return held.map(() => normalisation.statistics);
    case 'speaker': {
      const names = speakers ?? [];
      const ofSpeaker = new Map<string, FeatureStatistics>();
      for (const name of new Set(names)) {
        const own = held.filter((_, i) => names[i] === name);
        ofSpeaker.set(name, await statisticsOfHeld(own, dimensions));
      }
      return names.map((name) => ofSpeaker.get(name)!);
    }
  }
}

function statisticsOfHeld(
  held: readonly HeldFeatures[],
  dimensions: number,
): Promise<FeatureStatistics> {
  return statisticsOfStream(async function* () {
    for (const { read } of held) yield await read('features');
  }, dimensions);
}
