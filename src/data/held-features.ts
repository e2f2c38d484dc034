import type { Utterance } from '../corpora/corpus.js';
import { classesOf, numbersOf, type LabelSets } from '../corpora/labels.js';
import {
  knownSpeaker,
  type Normalisation,
  type NormalisationScope,
} from '../features/normalise.js';
import type { FeatureSet } from '../features/sets/feature-set.js';
import { defaultFeatureSet, unlessDefault } from '../features/sets/registry.js';
import { unlessUntrimmed } from '../features/trim.js';
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
  /** How the recordings were trimmed; default: not at all. */
  readonly trimDb?: number | undefined;
  /** Copies of utterances at other speeds, for a training side. */
  readonly copies?: readonly Copy[] | undefined;
}

/** A copy of an utterance at another speed: a row of its own, with the labels and the speaker of the original. */
export interface Copy {
  /** Index of the original among the utterances. */
  readonly of: number;
  readonly speed: number;
  readonly held: HeldFeatures;
}

/**
 * The copies of some utterances, ordered by speed.
 *
 * @param held by speed, of the copy of each utterance; undefined where there is none
 */
export function copiesOf(
  held: readonly (readonly (HeldFeatures | undefined)[])[],
  speeds: readonly number[],
): Copy[] {
  return held.flatMap((own, s) =>
    own.flatMap((copy, of) => (copy ? [{ of, speed: speeds[s]!, held: copy }] : [])),
  );
}

/**
 * The dataset of one side of the data, normalised. Copies come after the utterances. They do not count in
 * anybody's statistics: what the speaker of a test recording will be normalised by is unperturbed speech as
 * well, and a copy normalised by the statistics of the original keeps its shift in pitch, which is what it is for.
 * Only if features are normalised by utterance a copy is normalised over itself.
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
  { task, featureSet = defaultFeatureSet, trimDb, copies = [], ...options }: SideOptions,
): Promise<Dataset> {
  const { scope } = normalisation;
  const { dimensions } = featureSet;
  /** The utterances of each row, and their features. */
  const rows = [...utterances.keys(), ...copies.map((copy) => copy.of)];
  const all = [...held, ...copies.map((copy) => copy.held)];
  const names = scope === 'speaker' ? speakersOf(utterances) : undefined;
  const speakers = names && rows.map((row) => names[row]!);
  const ofRows = rows.map((row) => utterances[row]!);
  const targets = { ...classesOf(ofRows, labels, task), ...numbersOf(ofRows) };
  const statistics = await statisticsOfEach(normalisation, held, names, dimensions);
  const sources = all.map((own, i) => normalisedOf(own, statistics?.[rows[i]!], options));
  const speeds = [...new Set(copies.map(({ speed }) => speed))];
  return {
    lengths: Int32Array.from(all, ({ frames }) => frames),
    targets,
    paths: [
      ...utterances.map(({ path }) => path),
      ...copies.map(({ of, speed }) => `${utterances[of]!.path} at speed ${speed}`),
    ],
    seconds: all.reduce((sum, { seconds }) => sum + seconds, 0),
    ...unlessDefault(featureSet),
    ...unlessUntrimmed(trimDb),
    ...(speeds.length > 0 && { speeds }),
    normalisation,
    origin: { recordings: all.map(({ recording }) => recording), ...(speakers && { speakers }) },
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
