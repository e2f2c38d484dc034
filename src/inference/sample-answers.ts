import type { ModelConfig } from '../core/config.js';
import { DispatchSizeError } from '../core/errors.js';
import type { FeatureSet } from '../features/sets/feature-set.js';
import type { Normalisation } from '../features/normalise.js';
import { type SpeakerMoments, statisticsOfSpeaker } from '../features/speaker-moments.js';
import type { FeatureStatistics } from '../features/statistics.js';
import { framesOfUsable, trimOfSamples, type RecordingTrim } from '../features/extract.js';
import { MemoryRefusal } from '../gpu/memory.js';
import type {
  KnownMoments,
  MeanAndVariance,
  SampleBatch,
  Span,
} from '../session/samples-session.js';
import type { Inference } from '../session/types.js';
import { batchesOf, usualLimits } from './answer.js';
import { type Answer, AnswerSums } from './answer-sums.js';
import { windowsOf } from './windows.js';

/** Most frames of a recording whose features the GPU computes, of at most 4 KiB each while it does. */
export const MOST_FRAMES = 32_768;

/** Samples of a recording at the rate of the model's features. */
export interface LoadedSamples {
  /** Mono in -1..1, [N] */
  readonly samples: Float32Array;
  /** For errors. */
  readonly name: string;
  /** Moments of its speaker; absent: it is all there is of its speaker. */
  readonly speaker?: SpeakerMoments | undefined;
}

/** A model's output for a recording, and how it was trimmed. */
export interface SampleAnswer extends Answer {
  readonly trim?: RecordingTrim;
  /** Frames that are kept. */
  readonly frames: number;
}

/** The model. */
export interface SampleAnswerOptions {
  readonly model: ModelConfig;
  readonly featureSet: FeatureSet;
  readonly trimDb: number | null;
  readonly normalisation: Normalisation;
  readonly predict: (batch: SampleBatch) => Promise<Inference>;
  /** Default: MOST_FRAMES. */
  readonly mostFrames?: number;
}

/**
 * Runs a network on recordings whose features the GPU computes. Windows, trimming and normalisation are those of
 * `answer` and `normalisedFor`.
 *
 * @returns one answer each, in their order; undefined for one that is too long, or for which the device has no memory
 * @throws AudioError for a recording shorter than a frame, or with samples that are not finite
 */
export async function answerSamples(
  recordings: readonly LoadedSamples[],
  {
    model,
    featureSet: set,
    trimDb,
    normalisation,
    predict,
    mostFrames = MOST_FRAMES,
  }: SampleAnswerOptions,
): Promise<(SampleAnswer | undefined)[]> {
  const weightsOf = recordings.map(({ speaker }) => weights(normalisation, speaker));
  const kept = recordings.map(({ samples, name }) => {
    const total = framesOfUsable(samples, set, name);
    const trim = trimOfSamples(samples, set, trimDb);
    const { start = 0, end = total } = trim ?? {};
    return { total, first: start, frames: end - start, ...(trim && { trim }) };
  });
  const sums = new AnswerSums(
    model.heads,
    kept.map(({ frames }) => frames),
    true,
  );
  const failed = new Set<number>();
  const byWindow = normalisation.scope === 'utterance';
  const run = async (rows: readonly number[]): Promise<void> => {
    // recordings, and the utterances of windows, are counted within the batch
    const windows = rows.flatMap((row, i) => windowsOf(i, kept[row]!.frames, set));
    const spanOf = (recording: number, first: number, frames: number): Span => {
      const row = rows[recording]!;
      const { known } = weightsOf[row]!;
      return { recording, first: kept[row]!.first + first, frames, known };
    };
    const spans = byWindow
      ? windows.map(({ utterance, first, frames }) => spanOf(utterance, first, frames))
      : rows.map((row, i) => spanOf(i, 0, kept[row]!.frames));
    try {
      const result = await predict({
        recordings: rows.map((row) => recordings[row]!.samples),
        spans,
        windows: windows.map(({ utterance, first, frames }, i) =>
          byWindow ? { span: i, first: 0, frames } : { span: utterance, first, frames },
        ),
        share: weightsOf[rows[0]!]!.share,
      });
      windows.forEach(({ utterance, ...window }, i) =>
        sums.add({ ...window, utterance: rows[utterance]! }, result, i),
      );
    } catch (error) {
      if (!(error instanceof MemoryRefusal || error instanceof DispatchSizeError)) throw error;
      if (rows.length === 1) {
        failed.add(rows[0]!);
        return;
      }
      const half = rows.length >> 1;
      await run(rows.slice(0, half));
      await run(rows.slice(half));
    }
  };
  const rows = kept.map(({ total }, row) => ({ utterance: row, first: 0, frames: total }));
  const fitting = rows.filter(({ frames }) => frames <= mostFrames);
  // a batch has one share: recordings of known and of unknown speakers do not mix
  for (const share of new Set(weightsOf.map((own) => own.share))) {
    const alike = fitting.filter(({ utterance }) => weightsOf[utterance]!.share === share);
    for (const batch of batchesOf(alike, usualLimits)) {
      await run(batch.map(({ utterance }) => utterance));
    }
  }
  return sums.answers.map((own, row) => {
    const { total, frames, trim } = kept[row]!;
    if (failed.has(row) || total > mostFrames) return undefined;
    return { ...own, frames, ...(trim && { trim }) };
  });
}

/** How much a recording's own moments count, and what it is normalised with beside them. */
function weights(
  normalisation: Normalisation,
  speaker: SpeakerMoments | undefined,
): { readonly share: number; readonly known?: KnownMoments } {
  switch (normalisation.scope) {
    case 'utterance':
      return { share: 1 };
    case 'training':
      return { share: 0, known: { frames: varianceIn(normalisation.statistics) } };
    case 'speaker': {
      const { prior } = normalisation;
      const { frames, functionals } = statisticsOfSpeaker(speaker, prior);
      const known = {
        frames: varianceIn(frames),
        ...(functionals && { functionals: varianceIn(functionals) }),
      };
      return { share: speaker ? 0 : 1 / (1 + (prior?.kappa ?? 0)), known };
    }
  }
}

function varianceIn({ mean, deviation }: FeatureStatistics): MeanAndVariance {
  return { mean, variance: deviation.map((x) => x * x) };
}
