import { UsageError } from '../core/errors.js';
import { knownSpeaker, momentsBySpeaker, normaliseAll } from '../features/normalise.js';
import type { Normalisation } from '../features/normalise.js';
import { rowsInMemory, type FeatureRows } from '../features/rows.js';
import {
  functionalsIn,
  ownMoments,
  type SpeakerMoments,
  statisticsOfSpeaker,
} from '../features/speaker-moments.js';
import { applyStatistics } from '../features/statistics.js';

/**
 * What is known of the speaker of a recording: moments, from an enrolment for example; or what to make of the
 * recording's own moments, such as to join them to those known so far.
 */
export type KnownSpeaker = SpeakerMoments | ((own: SpeakerMoments) => SpeakerMoments);

/** Whose voice is in the recordings, for a model that normalises by speaker. */
export interface SpeakerOptions {
  /** What is known of the one speaker of all of them; nothing of themselves is added to it. */
  readonly speaker?: KnownSpeaker | undefined;
}

/** Whose voice is in each of several recordings. */
export interface SpeakersOptions extends SpeakerOptions {
  /** Speaker of each: all given recordings of a speaker are normalised together. */
  readonly speakers?: readonly string[] | undefined;
  /** What is known of the speaker of each, like `speaker`; undefined: nothing. */
  readonly speakerOf?: readonly (KnownSpeaker | undefined)[] | undefined;
}

/** Recordings as a network takes them. */
export interface ReadyRows extends FeatureRows {
  /** [T, F] each */
  readonly features: readonly Float32Array[];
  /** Recordings of the speaker that each was normalised by; absent unless the model normalises by speaker. */
  readonly speakerRecordings?: readonly number[];
}

/**
 * Normalises raw features as a model wants them. By speaker: with `speakers`, over all given recordings of each; with
 * `speaker`, by what is known; with neither, each recording as all there is of its speaker, if the model has a prior.
 *
 * @param raw raw features of each recording, [T, F] row-major
 * @param dimensions F
 * @throws UsageError if the model normalises by speaker without a prior, and neither is given; if both are; or for a
 *   speaker if it normalises otherwise, or takes functionals that are not among the moments
 */
export function normalisedFor(
  normalisation: Normalisation,
  raw: readonly Float32Array[],
  dimensions: number,
  { speaker, speakers, speakerOf }: SpeakersOptions = {},
): ReadyRows {
  if (normalisation.scope !== 'speaker') {
    if ((speaker ?? speakerOf) !== undefined) throw notBySpeaker();
    const features = normaliseAll(normalisation, raw, [], { dimensions });
    return { ...rowsInMemory(features, dimensions), features };
  }
  const given = Object.entries({ speaker, speakers, speakerOf }).filter(([, own]) => own);
  if (given.length > 1) {
    throw new UsageError(
      `\`${given[0]![0]}\` was given together with \`${given[1]![0]}\``,
      'Give what is known of the one speaker of all recordings, or of each, or the name of the speaker of each.',
    );
  }
  const { prior } = normalisation;
  const allKnown = speaker !== undefined || speakerOf?.every((own) => own !== undefined);
  if (prior === undefined && !allKnown) {
    if (speakers === undefined) throw noSpeakers();
    const features = normaliseAll(normalisation, raw, speakers, { dimensions });
    const counts = speakers.map((name) => speakers.filter((other) => other === name).length);
    return { ...rowsInMemory(features, dimensions), features, speakerRecordings: counts };
  }
  const withFunctionals = prior?.functionals !== undefined;
  const own = raw.map((matrix) => ownMoments(matrix, dimensions, withFunctionals));
  const names = speakers && raw.map((_, i) => knownSpeaker(speakers[i], `utterance ${i}`));
  const groups = names && momentsBySpeaker(names, own);
  const known = own.map((alone, i) => {
    const each = speakerOf?.[i] ?? speaker;
    if (typeof each === 'function') return each(alone);
    return each ?? groups?.get(names?.[i] ?? '') ?? alone;
  });
  const statistics = known.map((each) => {
    if (!withFunctionals || each.functionals) return statisticsOfSpeaker(each, prior);
    throw new UsageError(
      'the model takes functionals, but what is known of the speaker has none',
      'Enrol the speaker with this model.',
    );
  });
  const features = raw.map((matrix, i) => applyStatistics(matrix, statistics[i]!.frames));
  const functionals = own.flatMap((alone, i) => {
    const [values, scale] = [functionalsIn(alone), statistics[i]!.functionals];
    return values && scale ? [applyStatistics(values, scale)] : [];
  });
  return {
    ...rowsInMemory(features, dimensions, withFunctionals ? functionals : undefined),
    features,
    speakerRecordings: known.map(({ recordings }) => recordings),
  };
}

function noSpeakers(): UsageError {
  return new UsageError(
    'the model was trained with features normalised by speaker, but no speakers were given',
    'Give predictFeatures the raw features of all recordings of a speaker, with `speakers`, or an enrolment.',
  );
}

function notBySpeaker(): UsageError {
  return new UsageError(
    'a speaker was given, but the model does not normalise features by speaker',
    'Leave it out: this model normalises each recording by itself.',
  );
}
