import { sum } from '../core/sum.js';
import { functionalsOf } from './functionals.js';
import type { FeatureStatistics } from './statistics.js';

/**
 * Weight of the training speakers' mean moments, in recordings, if nothing else is said: with so many recordings
 * of a speaker, his own moments and theirs count the same.
 *
 * @example
 * const kappa = 2 * DEFAULT_KAPPA;
 * await train({ manifest: 'speech.csv', out: 'runs/first', normalise: 'speaker', kappa });
 */
export const DEFAULT_KAPPA = 1;

/**
 * Recordings of a speaker below which more of them make answers better.
 *
 * @example
 * const { name, speaker } = await readEnrolment(files, 'ann.json');
 * if (speaker.recordings < FEW_RECORDINGS) console.log(`${name}: more recordings would help`);
 */
export const FEW_RECORDINGS = 10;

/**
 * A variance of less than this share of the mean square is 0: float32 values do not resolve it, and E[x^2] - E[x]^2 in
 * float64 leaves some 1e-14 of the mean square of a feature that is constant.
 */
const UNRESOLVED = 1e-12;

/** First and second moments of D quantities, E[x] and E[x^2], in float64. */
export interface Moments {
  /** [D] */
  readonly mean: readonly number[];
  /** [D] */
  readonly square: readonly number[];
}

/** What is known of a voice: moments over its recordings, which can be added to. */
export interface SpeakerMoments {
  /** Recordings n. */
  readonly recordings: number;
  /** Frames of all of them. */
  readonly frameCount: number;
  /** Of each of the F features, over all frames. */
  readonly frames: Moments;
  /** Of each of the 8F + 1 functionals, over the recordings; absent if the model takes none. */
  readonly functionals?: Moments;
}

/** The moments that a speaker's are shrunk to: what is expected of a voice before it is heard. */
export interface SpeakerPrior {
  /** Weight of the prior, in recordings; 0 or more. */
  readonly kappa: number;
  /** Means over the training speakers of their moments. */
  readonly frames: Moments;
  readonly functionals?: Moments;
}

/**
 * The moments of one recording.
 *
 * @param features as they were extracted, [T, F] row-major, T at least 1
 * @param dimensions F
 * @param functionals of these features, [8F + 1]; absent: the model takes none
 */
export function momentsOfRecording(
  features: Float64Array | Float32Array,
  dimensions: number,
  functionals?: Float64Array,
): SpeakerMoments {
  const frameCount = features.length / dimensions;
  const mean = new Array<number>(dimensions).fill(0);
  const square = new Array<number>(dimensions).fill(0);
  for (let i = 0, column = 0; i < features.length; i++) {
    const x = features[i]!;
    mean[column]! += x;
    square[column]! += x * x;
    column = column + 1 === dimensions ? 0 : column + 1;
  }
  return {
    recordings: 1,
    frameCount,
    frames: { mean: mean.map((x) => x / frameCount), square: square.map((x) => x / frameCount) },
    ...(functionals && {
      functionals: ofOne(functionals),
    }),
  };
}

/** The moments of quantities seen once. Squares are made when asked for: a corpus of recordings is in memory. */
function ofOne(values: Float64Array): Moments {
  const mean = [...values];
  return {
    mean,
    get square() {
      return mean.map((x) => x * x);
    },
  };
}

/**
 * The moments of one recording from its features alone.
 *
 * @param features, dimensions as momentsOfRecording
 * @param functionals whether to include its functionals
 */
export function ownMoments(
  features: Float64Array | Float32Array,
  dimensions: number,
  functionals: boolean,
): SpeakerMoments {
  const own = functionals ? functionalsOf(features, dimensions) : undefined;
  return momentsOfRecording(features, dimensions, own);
}

/** The functionals of a single recording, which are its moments: [8F + 1]. */
export function functionalsIn({ functionals }: SpeakerMoments): Float64Array | undefined {
  return functionals && Float64Array.from(functionals.mean);
}

/**
 * Moments of all recordings together: frames count alike in `frames`, recordings in `functionals`.
 *
 * @example
 * const ann = await readEnrolment(files, 'ann.json');
 * const later = await readEnrolment(files, 'ann-later.json');
 * const speaker = joinMoments([ann.speaker, later.speaker]);
 * const { label } = await alstm.predict('speech.wav', { speaker });
 *
 * @param all at least one
 */
export function joinMoments(all: readonly SpeakerMoments[]): SpeakerMoments {
  if (all.length === 1) return all[0]!;
  const frameCounts = all.map(({ frameCount }) => frameCount);
  const recordings = all.map((own) => own.recordings);
  const functionals = all.flatMap((own) => own.functionals ?? []);
  return {
    recordings: sum(recordings),
    frameCount: sum(frameCounts),
    frames: weightedMean(
      all.map(({ frames }) => frames),
      frameCounts,
    ),
    ...(functionals.length === all.length && {
      functionals: weightedMean(functionals, recordings),
    }),
  };
}

/**
 * The prior of some training speakers: m₀, the mean of their moments, each speaker counted once.
 *
 * @param speakers at least one, all with functionals or none
 */
export function priorOf(speakers: readonly SpeakerMoments[], kappa: number): SpeakerPrior {
  const once = speakers.map(() => 1);
  const functionals = speakers.flatMap((own) => own.functionals ?? []);
  return {
    kappa,
    frames: weightedMean(
      speakers.map(({ frames }) => frames),
      once,
    ),
    ...(functionals.length > 0 && { functionals: weightedMean(functionals, once) }),
  };
}

/** What a speaker's features, and functionals, are normalised with. */
export interface SpeakerStatistics {
  /** [F] */
  readonly frames: FeatureStatistics;
  /** [8F + 1]; absent if the prior, or without one the speaker, has no functionals. */
  readonly functionals?: FeatureStatistics;
}

/**
 * Mean and deviation of a speaker: of the moments (n m + κ m₀) / (n + κ), n in recordings, for first and second
 * moments alike; without a prior of m alone.
 *
 * @param speaker undefined: nothing is known of the speaker, and m₀ stands alone
 * @throws RangeError if there is neither a speaker nor a prior
 */
export function statisticsOfSpeaker(
  speaker: SpeakerMoments | undefined,
  prior?: SpeakerPrior,
): SpeakerStatistics {
  const n = speaker?.recordings ?? 0;
  const kappa = prior?.kappa ?? 0;
  // with κ = 0 and no recording, the prior is all there is
  const share = speaker === undefined ? 0 : prior === undefined ? 1 : n / (n + kappa);
  const frames = shrunk(speaker?.frames, prior?.frames, share);
  if (frames === undefined) throw new RangeError('neither a speaker nor a prior');
  const wanted = prior === undefined || prior.functionals !== undefined;
  const functionals = wanted ? shrunk(speaker?.functionals, prior?.functionals, share) : undefined;
  return { frames, ...(functionals && { functionals }) };
}

/**
 * Mean and deviation of share · m + (1 - share) · m₀. The variance is put together of the two own variances and
 * the distance of the means, share (1 - share) (m - m₀)², instead of subtracting the squared mean from the second moment.
 */
function shrunk(
  own: Moments | undefined,
  prior: Moments | undefined,
  share: number,
): FeatureStatistics | undefined {
  const a = own ?? prior;
  const b = prior ?? own;
  if (a === undefined || b === undefined) return undefined;
  const rest = 1 - share;
  return {
    mean: a.mean.map((mean, d) => share * mean + rest * b.mean[d]!),
    deviation: a.mean.map((mean, d) => {
      const between = share * rest * (mean - b.mean[d]!) ** 2;
      return Math.sqrt(share * varianceOf(a, d) + rest * varianceOf(b, d) + between);
    }),
  };
}

function varianceOf({ mean, square }: Moments, d: number): number {
  const variance = square[d]! - mean[d]! ** 2;
  return variance <= UNRESOLVED * square[d]! ? 0 : variance;
}

function weightedMean(moments: readonly Moments[], weights: readonly number[]): Moments {
  const all = sum(weights);
  const meanOf = (pick: (own: Moments) => readonly number[]): number[] => {
    const found = new Array<number>(pick(moments[0]!).length).fill(0);
    moments.forEach((own, i) => {
      const values = pick(own);
      for (let d = 0; d < found.length; d++) found[d]! += weights[i]! * values[d]!;
    });
    return found.map((x) => x / all);
  };
  return { mean: meanOf(({ mean }) => mean), square: meanOf(({ square }) => square) };
}
