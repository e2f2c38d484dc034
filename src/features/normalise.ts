import { CorpusError } from '../core/errors.js';
import { defaultFeatureSet } from './sets/registry.js';
import { applyStatistics, type FeatureStatistics, statisticsOf } from './statistics.js';

/** Over which frames each feature is brought to mean 0 and variance 1; the paper's is the first. */
export const normalisations = ['utterance', 'speaker', 'training'] as const;
export type NormalisationScope = (typeof normalisations)[number];

/**
 * How features are normalised: over the utterance, over all utterances of its speaker in the same
 * side of the data, or with the numbers of the training side, which a model has to keep.
 */
export type Normalisation =
  | { readonly scope: 'utterance' | 'speaker' }
  | { readonly scope: 'training'; readonly statistics: FeatureStatistics };

/** What holds where nothing is said. */
export const byUtterance: Normalisation = { scope: 'utterance' };

/**
 * The normalisation of a scope.
 *
 * @param training raw features of the training utterances, [T, F] each; looked at for `training` alone
 * @param dimensions F; default: of the default feature set
 */
export function normalisationOf(
  scope: NormalisationScope,
  training: readonly Float32Array[],
  dimensions: number = defaultFeatureSet.dimensions,
): Normalisation {
  return scope === 'training'
    ? { scope, statistics: statisticsOf(training, dimensions) }
    : { scope };
}

/**
 * Each column of `features` [T, F] brought to mean 0 and (population) variance 1 over the utterance;
 * a constant column becomes 0.
 *
 * @param dimensions F; default: of the default feature set
 * @returns [T, F]
 */
export function normaliseUtterance(
  features: Float64Array | Float32Array,
  dimensions: number = defaultFeatureSet.dimensions,
): Float32Array {
  return applyStatistics(features, statisticsOf([features], dimensions));
}

export interface NormaliseOptions {
  /** Write over the raw features, so that a corpus is not in memory twice. Default: new arrays. */
  readonly overwrite?: boolean;
  /** F; default: of the default feature set. */
  readonly dimensions?: number;
}

/**
 * Normalises the utterances of one side of the data: training, validation or test.
 *
 * @param raw features of each utterance as they are, [T, F] row-major
 * @param speakers of each utterance; looked at for the scope `speaker` alone
 * @returns [T, F] of each utterance, in their order
 * @throws CorpusError where the scope is `speaker` and an utterance has none
 */
export function normaliseAll(
  normalisation: Normalisation,
  raw: readonly Float32Array[],
  speakers: readonly (string | undefined)[],
  { overwrite = false, dimensions = defaultFeatureSet.dimensions }: NormaliseOptions = {},
): Float32Array[] {
  return statisticsOfEach(normalisation, raw, speakers, dimensions).map((statistics, i) =>
    applyStatistics(raw[i]!, statistics, overwrite ? raw[i] : undefined),
  );
}

/** What each utterance is normalised with. */
function statisticsOfEach(
  normalisation: Normalisation,
  raw: readonly Float32Array[],
  speakers: readonly (string | undefined)[],
  dimensions: number,
): FeatureStatistics[] {
  switch (normalisation.scope) {
    case 'utterance':
      return raw.map((features) => statisticsOf([features], dimensions));
    case 'training':
      return raw.map(() => normalisation.statistics);
    case 'speaker': {
      const names = raw.map((_, i) => knownSpeaker(speakers[i], `utterance ${i}`));
      const ofSpeaker = new Map(
        [...new Set(names)].map((name) => [
          name,
          statisticsOf(
            raw.filter((_, i) => names[i] === name),
            dimensions,
          ),
        ]),
      );
      return names.flatMap((name) => ofSpeaker.get(name) ?? []);
    }
  }
}

/**
 * The speaker of an utterance that is normalised by speaker.
 *
 * @param utterance which, for the error
 * @throws CorpusError where there is none
 */
export function knownSpeaker(speaker: string | undefined, utterance: string): string {
  if (speaker !== undefined) return speaker;
  throw new CorpusError(
    `${utterance} has no speaker, so its features cannot be normalised by speaker`,
    'Label its speaker, leave it out, or normalise by utterance or training set.',
  );
}
