import type { Utterance } from '../corpora/corpus.js';
import { classesOf, numbersOf, type LabelSets } from '../corpora/labels.js';
import {
  knownSpeaker,
  momentsBySpeaker,
  type Normalisation,
  type NormalisationScope,
} from '../features/normalise.js';
import {
  DEFAULT_KAPPA,
  functionalsIn,
  priorOf,
  statisticsOfSpeaker,
  type SpeakerStatistics,
} from '../features/speaker-moments.js';
import { type Change, changeText } from '../features/change.js';
import type { ConditionName } from '../features/conditions/conditions.js';
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

/** How a prior of speakers is made. */
export interface PriorOptions {
  /**
   * Weight of the prior, in recordings. Absent: there is none, and a speaker is normalised by what is at hand
   * alone, unless the recordings hold functionals: they need a prior, by default of `DEFAULT_KAPPA`.
   */
  readonly kappa?: number | undefined;
  /** Whether it holds moments of functionals. Default: if the recordings do. */
  readonly functionals?: boolean | undefined;
  /** The utterances of the training side, in order, for their speakers. */
  readonly utterances: readonly Utterance[];
}

/**
 * The normalisation, derived from the training side, for its own and all other utterances.
 *
 * @param featureSet what the features are; default: `prosody36`
 * @param prior for the scope `speaker`; absent: without a prior
 * @throws CorpusError if there is to be a prior, and an utterance has no speaker
 */
export async function normalisationOfHeld(
  scope: NormalisationScope,
  training: readonly HeldFeatures[],
  { dimensions }: FeatureSet = defaultFeatureSet,
  prior?: PriorOptions,
): Promise<Normalisation> {
  switch (scope) {
    case 'utterance':
      return { scope };
    case 'training':
      return { scope, statistics: await statisticsOfHeld(training, dimensions) };
    case 'speaker': {
      const moments = training.flatMap((own) => own.moments ?? []);
      const held = moments.some(({ functionals }) => functionals !== undefined);
      const { functionals: needed = held } = prior ?? {};
      const kappa = prior?.kappa ?? (needed ? DEFAULT_KAPPA : undefined);
      if (prior === undefined || kappa === undefined) return { scope };
      const speakers = momentsBySpeaker(speakersOf(prior.utterances), moments);
      const { frames, functionals } = priorOf([...speakers.values()], kappa);
      return { scope, prior: { kappa, frames, ...(needed && functionals && { functionals }) } };
    }
  }
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
  /** Changed copies of utterances, for a training side. */
  readonly copies?: readonly Copy[] | undefined;
  /** As in DataSource. */
  readonly strangers?: boolean | undefined;
}

/** A changed copy of an utterance: a row of its own, with the labels and the speaker of the original. */
export interface Copy {
  /** Index of the original among the utterances. */
  readonly of: number;
  readonly change: Change;
  readonly held: HeldFeatures;
}

/**
 * The copies of some utterances, ordered by change.
 *
 * @param held by change, of the copy of each utterance; undefined where there is none
 */
export function copiesOf(
  held: readonly (readonly (HeldFeatures | undefined)[])[],
  changes: readonly Change[],
): Copy[] {
  return held.flatMap((own, c) =>
    own.flatMap((copy, of) => (copy ? [{ of, change: changes[c]!, held: copy }] : [])),
  );
}

/**
 * The dataset of one side of the data, normalised. Copies come after the utterances. A speaker's copies at a speed
 * are those of one more speaker, with another pitch and pace: by speaker, they are normalised over themselves; so are
 * those under a condition, but with `strangers` each by itself, as a recording of a voice that is not known. Copies
 * do not count in other statistics.
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
  { task, featureSet = defaultFeatureSet, trimDb, copies = [], strangers, ...options }: SideOptions,
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
  const isStranger = (row: number): boolean =>
    strangers === true && copies[row - utterances.length]?.change.condition !== undefined;
  const voices = speakers?.map((name, i) => {
    const copy = copies[i - utterances.length];
    if (copy === undefined) return name;
    return `${name} ${changeText(copy.change)}${isStranger(i) ? ` ${i}` : ''}`;
  });
  const statistics = await statisticsOfEach(normalisation, all, voices, dimensions);
  const functionals = functionalsOfHeld(all, statistics);
  const sources = all.map((own, i) => normalisedOf(own, statistics?.[i]?.frames, options));
  const { speeds, conditions } = kindsOf(copies);
  return {
    lengths: Int32Array.from(all, ({ frames }) => frames),
    targets,
    paths: [
      ...utterances.map(({ path }) => path),
      ...copies.map(({ of, change }) => `${utterances[of]!.path} ${changeText(change)}`),
    ],
    speakers: rows.map((row) => utterances[row]!.labels['speaker']),
    seconds: all.reduce((sum, { seconds }) => sum + seconds, 0),
    ...unlessDefault(featureSet),
    ...unlessUntrimmed(trimDb),
    ...(speeds.length > 0 && { speeds }),
    ...(conditions.length > 0 && { conditions, ...(strangers && { strangers }) }),
    normalisation,
    ...(functionals && { functionals }),
    origin: {
      recordings: all.map(({ recording }, i) => `${recording}${isStranger(i) ? '@alone' : ''}`),
      ...(speakers && { speakers }),
    },
    read: (rows) => readSome(rows.map((row) => sources[row]!)),
  };
}

/** The speeds and conditions that occur, each once. */
function kindsOf(copies: readonly Copy[]): {
  readonly speeds: readonly number[];
  readonly conditions: readonly ConditionName[];
} {
  const changes = copies.map(({ change }) => change);
  return {
    speeds: [...new Set(changes.flatMap(({ speed }) => speed ?? []))],
    conditions: [...new Set(changes.flatMap(({ condition }) => condition ?? []))],
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

/** The normalised functionals of each utterance, [8F + 1]; undefined if they have none. */
function functionalsOfHeld(
  held: readonly HeldFeatures[],
  each: readonly SpeakerStatistics[] | undefined,
): Float32Array[] | undefined {
  const all = held.flatMap(({ moments }, i) => {
    const own = moments && functionalsIn(moments);
    const statistics = each?.[i]?.functionals;
    return own && statistics ? [applyStatistics(own, statistics)] : [];
  });
  return all.length === held.length && all.length > 0 ? all : undefined;
}

/** What each utterance is normalised with; undefined if over itself. */
async function statisticsOfEach(
  normalisation: Normalisation,
  held: readonly HeldFeatures[],
  speakers: readonly string[] | undefined,
  dimensions: number,
): Promise<SpeakerStatistics[] | undefined> {
  switch (normalisation.scope) {
    case 'utterance':
      return undefined;
    case 'training':
      return held.map(() => ({ frames: normalisation.statistics }));
    case 'speaker': {
      const names = speakers ?? [];
      const ofSpeaker = new Map<string, SpeakerStatistics>();
      const { prior } = normalisation;
      if (prior !== undefined) {
        const moments = held.flatMap((own) => own.moments ?? []);
        for (const [name, own] of momentsBySpeaker(names, moments)) {
          ofSpeaker.set(name, statisticsOfSpeaker(own, prior));
        }
        return names.map((name) => ofSpeaker.get(name)!);
      }
      for (const name of new Set(names)) {
        const own = held.filter((_, i) => names[i] === name);
        ofSpeaker.set(name, { frames: await statisticsOfHeld(own, dimensions) });
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
