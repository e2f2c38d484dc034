import { concatenate } from '../core/concatenate.js';
import { UsageError } from '../core/errors.js';
import { classesOf, numbersOf, type LabelSets } from '../corpora/labels.js';
import type { Utterance } from '../corpora/corpus.js';
import type { Targets } from '../network/heads/head.js';
import type { TrainingBatch } from '../session/types.js';
import { byUtterance, type Normalisation } from '../features/normalise.js';
import type { ConditionName } from '../features/conditions/conditions.js';
import type { FeatureSet } from '../features/sets/feature-set.js';
import { defaultFeatureSet, unlessDefault } from '../features/sets/registry.js';
import { rowsInMemory, type FeatureRows } from '../features/rows.js';

export type { Targets };

/**
 * Utterances ready for the network. An utterance's index here identifies it in training. Their normalised
 * features, [T, F] each, are read by row: they may be in memory or in files.
 */
export interface Dataset extends FeatureRows {
  /** Frames T of each utterance. */
  readonly lengths: Int32Array;
  /** By task: class of each utterance, -1 where unlabelled; or its number, NaN where unlabelled. */
  readonly targets: Readonly<Record<string, Targets>>;
  /** Path of each recording, for messages. */
  readonly paths: readonly string[];
  /** Speaker of each utterance, if it is labelled; absent if the data were given directly. */
  readonly speakers?: readonly (string | undefined)[];
  /** Audio of all recordings together. */
  readonly seconds: number;
  /** What the features are; absent: `prosody36`. */
  readonly featureSet?: FeatureSet;
  /** How the recordings were trimmed, as `keptFrames` says; absent: not at all. */
  readonly trimDb?: number;
  /** Speeds of the copies after the recordings themselves, as in DataSource; absent: there are none. */
  readonly speeds?: readonly number[];
  /** Conditions of the copies after those; absent: there are none. */
  readonly conditions?: readonly ConditionName[];
  /** Whether these were normalised each by itself, as in DataSource; absent: no. */
  readonly strangers?: boolean;
  /** How they were normalised; absent: by utterance. */
  readonly normalisation?: Normalisation;
  /**
   * Functionals of the raw features of each utterance, normalised by speaker, [8F + 1]; absent unless they were
   * asked for.
   */
  readonly functionals?: readonly Float32Array[];
  /** What the features were computed from; absent if they were given directly. */
  readonly origin?: DatasetOrigin;
}

/** With its normalisation, all that a dataset's features depend on. */
export interface DatasetOrigin {
  /** SHA-256 of each recording's bytes. */
  readonly recordings: readonly string[];
  /** Speaker of each utterance, if the features are normalised by speaker. */
  readonly speakers?: readonly (string | undefined)[];
}

/** An utterance's part of a dataset. */
export interface DatasetItem {
  /** [T, F] */
  readonly normalised: Float32Array;
  /** Normalised, [8F + 1]: of every utterance or of none. */
  readonly functionals?: Float32Array;
  readonly seconds: number;
}

/**
 * A dataset of utterances and their features, in memory.
 *
 * @example
 * const items = await Promise.all(
 *   corpus.utterances.map(({ path }) => featuresOfFile(files, path)),
 * );
 * const dataset = datasetOf(corpus.utterances, items, labelSets(corpus.utterances));
 * const { accuracy } = await evaluate(predictor, dataset);
 *
 * @param labels classes by task: those of the training side, or of a model
 * @param normalisation how the features were normalised; default: by utterance
 * @param task whose labels must all be among these, as in classesOf; unknown labels of other tasks count as none
 * @param featureSet what the features are; default: `prosody36`
 * @throws CorpusError for an unknown label of the task; UsageError if features are not whole rows, or their
 *   number is not that of the utterances
 */
export function datasetOf(
  utterances: readonly Utterance[],
  items: readonly DatasetItem[],
  labels: LabelSets,
  normalisation?: Normalisation,
  task?: string,
  featureSet: FeatureSet = defaultFeatureSet,
): Dataset {
  const { dimensions } = featureSet;
  if (items.length !== utterances.length) {
    throw new UsageError(`${items.length} feature matrices for ${utterances.length} utterances`);
  }
  const features = items.map(({ normalised }) => normalised);
  const paths = utterances.map(({ path }) => path);
  features.forEach(({ length }, i) => {
    if (length > 0 && length % dimensions === 0) return;
    throw new UsageError(
      `${paths[i]}: ${length} feature values are not rows of ${dimensions}`,
      `Give [T, ${dimensions}] values, at least one frame.`,
    );
  });
  const functionals = items.flatMap((item) => item.functionals ?? []);
  if (functionals.length > 0 && functionals.length < items.length) {
    throw new UsageError(
      `${functionals.length} of ${items.length} utterances have functionals`,
      'Give those of every utterance, or of none.',
    );
  }
  return {
    ...rowsInMemory(features, dimensions),
    ...(functionals.length > 0 && { functionals }),
    lengths: Int32Array.from(features, ({ length }) => length / dimensions),
    targets: { ...classesOf(utterances, labels, task), ...numbersOf(utterances) },
    paths,
    seconds: items.reduce((sum, { seconds }) => sum + seconds, 0),
    ...unlessDefault(featureSet),
    ...(normalisation && { normalisation }),
  };
}

/**
 * Refuses features with the wrong normalisation: nothing else would notice, and all results would be wrong.
 *
 * @param what whose features they are, for the error
 * @throws UsageError
 */
export function refuseOtherNormalisation(
  { normalisation: own = byUtterance }: Dataset,
  wanted: Normalisation = byUtterance,
  what = 'the dataset',
): void {
  if (JSON.stringify(own) === JSON.stringify(wanted)) return;
  const numbers =
    own.scope === wanted.scope ? "other training data's statistics" : `"${own.scope}"`;
  throw new UsageError(
    `${what} was normalised by ${numbers}, the model's is "${wanted.scope}"`,
    "Load its utterances with the model's `normalisation`.",
  );
}

/**
 * Refuses features of another set than the model expects.
 *
 * @param what whose features they are, for the error
 * @throws UsageError
 */
export function refuseOtherFeatures(
  { featureSet: own = defaultFeatureSet }: Dataset,
  wanted: FeatureSet = defaultFeatureSet,
  what = 'the dataset',
): void {
  if (own === wanted) return;
  throw new UsageError(
    `${what} holds features of the set ${own.id}, the model expects ${wanted.id}`,
    "Load its utterances with the model's `featureSet`.",
  );
}

/**
 * Refuses features of recordings trimmed otherwise than the model expects.
 *
 * @param what whose features they are, for the error
 * @throws UsageError
 */
export function refuseOtherTrimming(
  { trimDb }: Pick<Dataset, 'trimDb'>,
  wanted: number | null = null,
  what = 'the dataset',
): void {
  const own = trimDb ?? null;
  if (own === wanted) return;
  const text = (db: number | null): string =>
    db === null ? 'not trimmed' : `trimmed at ${db} dB below their highest level`;
  throw new UsageError(
    `${what} holds features of recordings that are ${text(own)}, the model's are ${text(wanted)}`,
    "Load its utterances with the model's `trimDb`.",
  );
}

/** Reads some utterances of a dataset as a batch. Throws like its `read`. */
export async function readBatch(dataset: Dataset, rows: readonly number[]): Promise<TrainingBatch> {
  return batchOf(dataset, rows, await dataset.read(rows));
}

/**
 * Some utterances of a dataset as a batch.
 *
 * @param features of these rows
 */
export function batchOf(
  dataset: Dataset,
  rows: readonly number[],
  features: readonly Float32Array[],
): TrainingBatch {
  const targets = Object.entries(dataset.targets).map(([task, own]) => [
    task,
    own instanceof Int32Array
      ? Int32Array.from(rows, (row) => own[row] ?? -1)
      : Float32Array.from(rows, (row) => own[row] ?? NaN),
  ]);
  const { functionals } = dataset;
  return {
    features: concatenate(Float32Array, features),
    ...(functionals && {
      functionals: concatenate(
        Float32Array,
        rows.map((row) => functionals[row]!),
      ),
    }),
    lengths: Int32Array.from(rows, (row) => dataset.lengths[row] ?? 0),
    utterances: identitiesOf(rows, dataset.lengths.length),
    targets: Object.fromEntries(targets) as Record<string, Targets>,
  };
}

/**
 * Identities for the random bits of training: an utterance's index, and others for what it is in the batch again,
 * so that copies of it are not dropped out and augmented alike.
 */
function identitiesOf(rows: readonly number[], utterances: number): Uint32Array {
  const times = new Map<number, number>();
  return Uint32Array.from(rows, (row) => {
    const before = times.get(row) ?? 0;
    times.set(row, before + 1);
    return row + before * utterances;
  });
}
