import { ConfigError, CorpusError } from '../core/errors.js';
import type { Files } from '../core/files.js';
import { sortedUnique } from '../core/order.js';
import { skippedText, type Corpus, type Skipped, type Utterance } from '../corpora/corpus.js';
import type { CorpusFilters, CorpusNumbers, CorpusPermissions } from '../corpora/filters.js';
import { labelSets, mainTask, untrainedLabels, type LabelSets } from '../corpora/labels.js';
import { refuseWithoutNumbers } from '../corpora/registry.js';
import type { CorpusPart } from '../corpora/several.js';
import { splitCorpus, type Split, type ValidationUnit } from '../corpora/split.js';
import { byUtterance, type Normalisation, type NormalisationScope } from '../features/normalise.js';
import { changesOf, changeText } from '../features/change.js';
import type { ConditionName } from '../features/conditions/conditions.js';
import type { FeatureSet } from '../features/sets/feature-set.js';
import { defaultFeatureSet, featureSet } from '../features/sets/registry.js';
import { unlessUntrimmed } from '../features/trim.js';
import type { StoredFeatures } from '../features/utterance.js';
import type { BulkOptions } from '../features/workers/bulk.js';
import { corpusOfSource } from './corpus-of-source.js';
import type { Dataset } from './dataset.js';
import {
  FeatureMemory,
  type FeatureMemoryOptions,
  type HeldFeatures,
  type Room,
} from './feature-memory.js';
import {
  copiesOf,
  datasetOfHeld,
  normalisationOfHeld,
  refuseNamelessFor,
  type SideOptions,
} from './held-features.js';
import { testSide } from './test-side.js';
import { refuseUnusable, tellSkipped, usableOf, type Usable, type UsableOnes } from './usable.js';

/** Where the utterances of a run come from, as its `config.json` records it to find them again. */
export interface DataSource extends CorpusFilters, CorpusPermissions, CorpusNumbers {
  /** Format of the corpus, one that `readCorpus` knows; of several, their names joined by `+`. */
  readonly corpus: string;
  /**
   * Its folder or manifest; absolute, so that the run can be resumed from anywhere. Of several, the folder that
   * holds all.
   */
  readonly path: string;
  /** If there are several corpora, or labels are mapped, as `readCorpora` says. */
  readonly corpora?: readonly CorpusPart[];
  readonly testSpeakers?: readonly string[];
  readonly validationSpeakers?: readonly string[];
  readonly validationShare?: number;
  /** As in SplitOptions; default: by utterance. */
  readonly validateBy?: ValidationUnit;
  /** Id of the feature set; default: `prosody36`. */
  readonly features?: string;
  /** Of `external:NAME` features: from one frame to the next, in milliseconds; default: 10. */
  readonly hopMs?: number;
  /** Leave out quiet frames at the beginning and end, as `keptFrames` says; default: null, keep all. */
  readonly trimDb?: number | null;
  /** Train also on a copy of each recording of the training side at each of these speeds, as `faster` says. */
  readonly speeds?: readonly number[];
  /** And on one under each of these conditions, as `underCondition` says. */
  readonly conditions?: readonly ConditionName[];
  /**
   * If features are normalised by speaker: normalise each copy under a condition as a recording of a voice of which nothing
   * else is known; default: a speaker's copies under a condition together.
   */
  readonly strangers?: boolean;
  /** Over which frames features are normalised; default: over the utterance. */
  readonly normalise?: NormalisationScope;
  /**
   * If they are normalised by speaker: weight κ of the training speakers' mean moments, in recordings, to which a
   * speaker's own are shrunk. Absent: they are not, as in runs of earlier versions.
   */
  readonly kappa?: number;
  /** Of the split. */
  readonly seed: number;
}

/** What a model is trained on. */
export interface RunData {
  /** Absent if the data come from elsewhere: such a run is resumed by giving its data again. */
  readonly source?: DataSource;
  /** Classes of the heads: the labels of the training side. */
  readonly labels: LabelSets;
  readonly training: Dataset;
  /** Without utterances if there is no validation: then the last epoch's model has to be kept. */
  readonly validation: Dataset;
}

/** How to read a corpus whose source says what the features are. */
export type SourceOptions = Omit<
  FeatureMemoryOptions,
  'featureSet' | 'trimDb' | 'speed' | 'condition'
>;

/** How the two sides of a training are read. */
export interface TrainingDataOptions extends SourceOptions {
  /** The task that the model is chosen and scored by; default: emotion, else the first labelled one. */
  readonly task?: string | undefined;
  /** Accept a test side with a label that training lacks, with a warning: for a run that was started so. */
  readonly allowUntrained?: boolean | undefined;
}

/**
 * Reads a corpus, splits it, and computes (or finds in the cache) the features of its training and
 * validation side. Recordings that cannot be used are reported and skipped.
 *
 * @example
 * const source = { corpus: 'manifest', path: 'speech.csv', seed: 0 };
 * const data = await loadTrainingData(files, source);
 * console.log(data.training.lengths.length, data.validation.lengths.length);
 *
 * @throws CorpusError, FormatError, FileError, UsageError like readCorpus and splitCorpus; CorpusError
 *   if nothing of a side can be used, no utterance has a number of a regression task, or if validation or test
 *   side has a label of the task that training lacks; if the source is strict, AudioError or FileError for the first unusable recording
 */
export async function loadTrainingData(
  files: Files,
  source: DataSource,
  { allowUntrained, ...given }: TrainingDataOptions = {},
): Promise<RunData> {
  const corpus = await corpusOfSource(files, source);
  const set = featureSetOf(source);
  const features = { featureSet: set, ...unlessUntrimmed(source.trimDb) };
  const options = { ...given, ...features };
  refuseWithoutNumbers(corpus, source);
  const sides = splitCorpus(corpus, source);
  const { task = mainTask(Object.keys(labelSets(sides.training))) } = options;
  const tell = allowUntrained ? options.warn : undefined;
  const refuse = (training: readonly Utterance[]): Promise<void> =>
    refuseUntrained(files, source, training, sides, { ...options, task, tell });
  await refuse(sides.training); // before the features of a whole corpus are computed
  const { normalise = byUtterance.scope } = source;
  refuseFunctionalsBy(normalise, options.functionals);
  const both = [...sides.training, ...sides.validation];
  refuseNamelessFor(normalise, both); // for the same reason
  const memory = new FeatureMemory(files, normalise, options);
  const read = await readUsable(files, corpus, both, source, memory, options);
  const { usable } = read;
  const ofTraining = new Set(sides.training);
  const training = usable.filter(({ utterance }) => ofTraining.has(utterance));
  const validation = usable.filter(({ utterance }) => !ofTraining.has(utterance));
  refuseUnusable('training side', sides.training, training, read);
  if (sides.validation.length > 0) {
    refuseUnusable('validation side', sides.validation, validation, read);
  }
  const usableOnes = training.map(({ utterance }) => utterance);
  if (usableOnes.length < sides.training.length) await refuse(usableOnes);
  const labels = labelSets(usableOnes);
  const normalisation = await normalisationOfHeld(
    normalise,
    training.map(({ item }) => item),
    set,
    { kappa: source.kappa, utterances: usableOnes },
  );
  const { strangers } = source;
  const copies = await readCopies(files, usableOnes, source, memory, options);
  const sideOf = (
    side: readonly Usable<HeldFeatures>[],
    more: Pick<SideOptions, 'copies' | 'strangers'> = {},
  ): Promise<Dataset> =>
    datasetOfUsable(normalisation, side, labels, { room: memory.room, task, ...features, ...more });
  return {
    source,
    labels,
    training: await sideOf(training, { copies: copiesOf(copies, changesOf(source)), strangers }),
    validation: await sideOf(validation),
  };
}

/**
 * The utterances to evaluate a model on: the test side that the source asks for (by its corpus's split
 * column or by test speakers), else the whole corpus.
 *
 * @example
 * const test = await loadTestData(files, source, predictor.labels);
 * const { accuracy } = await evaluate(predictor, test);
 *
 * @param labels classes by task of the model
 * @param options `featureSet`, `trimDb` and `normalisation`: the model's; default: `prosody36` of whole
 *   recordings by utterance, whatever the source says. `task`: the one that is scored, default emotion; unknown labels of others count as none
 * @throws like loadTrainingData; CorpusError if the corpus has a label of the task that the model does not know
 */
export async function loadTestData(
  files: Files,
  source: DataSource,
  labels: LabelSets,
  options: FeatureMemoryOptions & {
    readonly normalisation?: Normalisation;
    readonly task?: string;
  } = {},
): Promise<Dataset> {
  const { featureSet: set, trimDb, normalisation = byUtterance } = options;
  const { task = mainTask(Object.keys(labels)) } = options;
  const corpus = await corpusOfSource(files, source, set?.external ? { features: set.id } : {});
  const side = testSide(corpus, source);
  const { scope } = normalisation;
  refuseNamelessFor(scope, side);
  const functionals = scope === 'speaker' && normalisation.prior?.functionals !== undefined;
  const memory = new FeatureMemory(files, scope, { ...options, functionals });
  const read = await readUsable(files, corpus, side, source, memory, options);
  refuseUnusable('test side', side, read.usable, read);
  return datasetOfUsable(normalisation, read.usable, labels, {
    room: memory.room,
    task,
    featureSet: set,
    ...unlessUntrimmed(trimDb),
  });
}

/**
 * Refuses what a model could never predict: labels of validation and test side that training lacks. Labels
 * that only unusable recordings have do not count.
 *
 * @param tell called with a line about those of the test side instead
 * @throws CorpusError
 */
async function refuseUntrained(
  files: Files,
  filters: CorpusFilters,
  training: readonly Utterance[],
  { validation, test }: Pick<Split, 'validation' | 'test'>,
  {
    task,
    tell,
    ...options
  }: BulkOptions & {
    readonly task: string;
    readonly tell: ((line: string) => void) | undefined;
  },
): Promise<void> {
  const known = sortedUnique(training.flatMap(({ labels }) => labels[task] ?? []));
  for (const [side, utterances] of Object.entries({ validation, test })) {
    const strange = utterances.filter(
      ({ labels: { [task]: label } }) => label !== undefined && !known.includes(label),
    );
    if (untrainedLabels(training, strange, task, '') === undefined) continue;
    const none = (): void => undefined;
    const quiet = { ...options, warn: none, onProgress: none }; // reported when all of them are read
    const { usable } = await usableOf(files, strange, filters, () => undefined, quiet);
    const usableOnes = usable.map(({ utterance }) => utterance);
    const found = untrainedLabels(training, usableOnes, task, `${side} side`);
    if (found === undefined) continue;
    if (side !== 'test' || tell === undefined) throw new CorpusError(found.problem, found.hint);
    tell(`warning: ${found.problem}`);
  }
}

/** A corpus with the features of its recordings. */
export interface LoadedCorpus {
  /** What is used of it, and what is not. */
  readonly corpus: Corpus;
  /** Those of the corpus. */
  readonly utterances: readonly Utterance[];
  /** Features of each utterance, held for the source's scope. More than one dataset may be made of them. */
  readonly items: readonly HeldFeatures[];
  /** By change that the source asks for: of the copy of each utterance, undefined where it cannot be used. */
  readonly copies: readonly (readonly (HeldFeatures | undefined)[])[];
  /** Memory left for more. */
  readonly room: Room;
  /** What cannot be used: missing, misnamed, unreadable or empty. */
  readonly skipped: readonly Skipped[];
}

/**
 * Reads a corpus with the features of all its usable utterances, whatever its split.
 *
 * @example
 * const { utterances, items, skipped } = await loadCorpus(files, source);
 * console.log(utterances.length, items.length, skipped.length);
 *
 * @throws like loadTrainingData
 */
export async function loadCorpus(
  files: Files,
  source: DataSource,
  given: SourceOptions = {},
): Promise<LoadedCorpus> {
  const corpus = await corpusOfSource(files, source);
  const options = {
    ...given,
    featureSet: featureSetOf(source),
    ...unlessUntrimmed(source.trimDb),
  };
  const { normalise = byUtterance.scope } = source;
  refuseFunctionalsBy(normalise, options.functionals);
  const memory = new FeatureMemory(files, normalise, options);
  const read = await readUsable(files, corpus, corpus.utterances, source, memory, options);
  const { usable, skipped } = read;
  refuseUnusable(`${corpus.name} corpus`, corpus.utterances, usable, read);
  const utterances = usable.map(({ utterance }) => utterance);
  const leftOut = [...(corpus.leftOut ?? []), ...read.leftOut];
  return {
    corpus: { ...corpus, utterances, skipped, ...(leftOut.length > 0 && { leftOut }) },
    utterances,
    items: usable.map(({ item }) => item),
    copies: await readCopies(files, utterances, source, memory, options),
    room: memory.room,
    skipped,
  };
}

/**
 * The feature set of a source.
 *
 * @throws ConfigError for an unknown set
 */
export function featureSetOf({ features }: Pick<DataSource, 'features'>): FeatureSet {
  return features === undefined
    ? defaultFeatureSet
    : featureSet(features, 'the feature set of the data');
}

/**
 * Functionals of raw features are normalised by speaker.
 *
 * @throws ConfigError if they are wanted, and features are normalised otherwise
 */
function refuseFunctionalsBy(scope: NormalisationScope, functionals = false): void {
  if (!functionals || scope === 'speaker') return;
  throw new ConfigError(
    `functionals of the scope "functionals" are normalised by speaker, but features by ${scope}`,
    'Normalise by speaker, or take functionals of the scope "frames".',
  );
}

/** Reads the recordings of some utterances of a corpus; reports what is skipped, and the corpus's notes. */
async function readUsable(
  files: Files,
  corpus: Corpus,
  utterances: readonly Utterance[],
  filters: CorpusFilters,
  memory: FeatureMemory,
  options: BulkOptions,
): Promise<UsableOnes<HeldFeatures>> {
  for (const note of corpus.notes ?? []) options.warn?.(note);
  const hold = (features: StoredFeatures, path: string, file: string): HeldFeatures =>
    memory.hold(path, features, { file });
  const read = await usableOf(files, utterances, filters, hold, options);
  const skipped = [...corpus.skipped, ...read.skipped];
  tellSkipped(skipped, read.leftOut, options.warn);
  return { ...read, skipped };
}

/**
 * Reads the copies of recordings that could be used, one change after the other.
 *
 * @returns by change, of the copy of each utterance; undefined where there is none: it would be shorter than a frame
 */
async function readCopies(
  files: Files,
  utterances: readonly Utterance[],
  source: Pick<DataSource, 'speeds' | 'conditions'>,
  memory: FeatureMemory,
  options: BulkOptions,
): Promise<(readonly (HeldFeatures | undefined)[])[]> {
  const copies: (readonly (HeldFeatures | undefined)[])[] = [];
  for (const change of changesOf(source)) {
    const hold = (features: StoredFeatures, path: string): HeldFeatures =>
      memory.hold(path, features, { change });
    const { usable, skipped } = await usableOf(files, utterances, {}, hold, {
      ...options,
      ...change,
    });
    if (skipped.length > 0) {
      const [first] = skipped;
      const count = skipped.length === 1 ? '1 copy' : `${skipped.length} copies`;
      options.warn?.(`skipped: ${count} ${changeText(change)} (${skippedText(first!)})`);
    }
    const found = new Map(usable.map(({ utterance, item }) => [utterance, item]));
    copies.push(utterances.map((utterance) => found.get(utterance)));
  }
  return copies;
}

function datasetOfUsable(
  normalisation: Normalisation,
  usable: readonly Usable<HeldFeatures>[],
  labels: LabelSets,
  options: Omit<SideOptions, 'overwrite'>,
): Promise<Dataset> {
  const utterances = usable.map(({ utterance }) => utterance);
  const held = usable.map(({ item }) => item);
  return datasetOfHeld(normalisation, utterances, held, labels, { overwrite: true, ...options });
}
