import { normalisations } from '../core/choices.js';
import { CorpusError } from '../core/errors.js';
import { defaultFeatureSet } from './sets/registry.js';
import {
  joinMoments,
  ownMoments,
  type SpeakerMoments,
  type SpeakerPrior,
  statisticsOfSpeaker,
} from './speaker-moments.js';
import { applyStatistics, type FeatureStatistics, statisticsOf } from './statistics.js';

export { normalisations };
/**
 * Over which frames each feature is scaled to mean 0 and variance 1.
 *
 * @example
 * const normalise: NormalisationScope = 'speaker';
 * await train({ manifest: 'speech.csv', out: 'runs/first', normalise });
 */
export type NormalisationScope = (typeof normalisations)[number];

/**
 * How features are normalised: over the utterance, over all utterances of its speaker on the same
 * side of the data, or with the statistics of the training side, which a model has to store. By speaker with
 * a prior, from the training side too: the speaker's moments are shrunk to it (`statisticsOfSpeaker`), so that
 * a few recordings, one or none will do.
 */
export type Normalisation =
  | { readonly scope: 'utterance' }
  | { readonly scope: 'speaker'; readonly prior?: SpeakerPrior }
  | { readonly scope: 'training'; readonly statistics: FeatureStatistics };

/** The default. */
export const byUtterance: Normalisation = { scope: 'utterance' };

/**
 * The normalisation of a scope.
 *
 * @example
 * const normalisation = normalisationOf('training', matrices);
 * const normalised = normaliseAll(normalisation, matrices, []);
 *
 * @param training raw features of the training utterances, [T, F] each; used only for `training`
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
 * Scales each column of `features` [T, F] to mean 0 and (population) variance 1 over the utterance;
 * a constant column becomes 0.
 *
 * @example
 * const { features } = extractFeatures(samples);
 * const normalised = normaliseUtterance(features);
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

/** Where normalised features are put. */
export interface NormaliseOptions {
  /** Overwrite the raw features, so that a corpus is not in memory twice. Default: new arrays. */
  readonly overwrite?: boolean;
  /** F; default: of the default feature set. */
  readonly dimensions?: number;
}

/**
 * Normalises the utterances of one side of the data: training, validation or test.
 *
 * @example
 * const normalisation = normalisationOf('training', matrices);
 * const [first] = normaliseAll(normalisation, matrices, ['ann', 'ann']);
 *
 * @param raw raw features of each utterance, [T, F] row-major
 * @param speakers speaker of each utterance; used only for the scope `speaker`
 * @returns [T, F] of each utterance, in order
 * @throws CorpusError if the scope is `speaker` and an utterance has none
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

/** Statistics with which each utterance is normalised. */
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
      const { prior } = normalisation;
      if (prior !== undefined) {
        const moments = raw.map((own) => ownMoments(own, dimensions, false));
        const known = momentsBySpeaker(names, moments);
        const shrunk = new Map(
          Array.from(known, ([name, own]) => [name, statisticsOfSpeaker(own, prior).frames]),
        );
        return names.map((name) => shrunk.get(name)!);
      }
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
 * What is known of each speaker, by name, in the order in which they come.
 *
 * @param speakers of each recording
 * @param moments of each recording
 */
export function momentsBySpeaker(
  speakers: readonly string[],
  moments: readonly SpeakerMoments[],
): Map<string, SpeakerMoments> {
  const groups = new Map<string, SpeakerMoments[]>();
  speakers.forEach((name, i) => {
    const own = groups.get(name);
    if (own) own.push(moments[i]!);
    else groups.set(name, [moments[i]!]);
  });
  return new Map(Array.from(groups, ([name, own]) => [name, joinMoments(own)]));
}

/**
 * The speaker of an utterance that is normalised by speaker.
 *
 * @param utterance its name, for the error
 * @throws CorpusError if there is none
 */
export function knownSpeaker(speaker: string | undefined, utterance: string): string {
  if (speaker !== undefined) return speaker;
  throw new CorpusError(
    `${utterance} has no speaker, so its features cannot be normalised by speaker`,
    'Label its speaker, remove it, or normalise by utterance or training set.',
  );
}
