import type { Utterance } from '../corpora/corpus.js';
import type { LabelSets } from '../corpora/labels.js';
import {
  knownSpeaker,
  normaliseAll,
  normalisationOf,
  type Normalisation,
  type NormalisationScope,
  type NormaliseOptions,
} from '../features/normalise.js';
import type { FeatureSet } from '../features/sets/feature-set.js';
import { defaultFeatureSet } from '../features/sets/registry.js';
import type { UtteranceFeatures } from '../features/utterance.js';
import { datasetOf, type Dataset } from './dataset.js';

/** What is kept of an utterance until all of its side are there: one of its two matrices. */
export interface HeldFeatures {
  /** Normalised where the scope is `utterance`, else as they are, [T, F]. */
  readonly features: Float32Array;
  readonly seconds: number;
}

/** What to keep of each utterance for a scope. */
export function holdFor(
  scope: NormalisationScope,
): (utterance: Pick<UtteranceFeatures, 'features' | 'normalised' | 'seconds'>) => HeldFeatures {
  return ({ features, normalised, seconds }) => ({
    features: scope === 'utterance' ? normalised : features,
    seconds,
  });
}

/**
 * The normalisation that a training side gives for its own and all other utterances.
 *
 * @param featureSet what the features are; default: `prosody36`
 */
export function normalisationOfHeld(
  scope: NormalisationScope,
  training: readonly HeldFeatures[],
  { dimensions }: FeatureSet = defaultFeatureSet,
): Normalisation {
  return normalisationOf(
    scope,
    training.map(({ features }) => features),
    dimensions,
  );
}

export interface HeldOptions extends Pick<NormaliseOptions, 'overwrite'> {
  readonly task?: string | undefined;
  readonly featureSet?: FeatureSet | undefined;
}

/**
 * The dataset of one side of the data, normalised; with `overwrite` in the memory that held it.
 *
 * @param held by `holdFor` of the normalisation's scope
 * @param labels classes by task
 * @param options `task`: whose labels must be known, as datasetOf; `featureSet`: default `prosody36`
 * @throws CorpusError where the scope is `speaker` and an utterance has none; as datasetOf
 */
export function datasetOfHeld(
  normalisation: Normalisation,
  utterances: readonly Utterance[],
  held: readonly HeldFeatures[],
  labels: LabelSets,
  { task, featureSet = defaultFeatureSet, overwrite = false }: HeldOptions = {},
): Dataset {
  const { scope } = normalisation;
  const matrices = held.map(({ features }) => features);
  const speakers = speakersFor(scope, utterances);
  const { dimensions } = featureSet;
  const normalised =
    scope === 'utterance'
      ? matrices
      : normaliseAll(normalisation, matrices, speakers, { overwrite, dimensions });
  const items = held.map(({ seconds, features }, i) => ({
    normalised: normalised[i] ?? features,
    seconds,
  }));
  return datasetOf(utterances, items, labels, normalisation, task, featureSet);
}

/**
 * Speaker of each utterance, as a scope needs them.
 *
 * @throws CorpusError where the scope is `speaker` and an utterance has none
 */
export function speakersFor(
  scope: NormalisationScope,
  utterances: readonly Utterance[],
): (string | undefined)[] {
  return utterances.map(({ labels: { speaker }, path }) =>
    scope === 'speaker' ? knownSpeaker(speaker, path) : speaker,
  );
}
