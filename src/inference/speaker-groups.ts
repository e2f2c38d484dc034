import { inOrder } from '../core/in-order.js';
import { joinMoments, ownMoments, type SpeakerMoments } from '../features/speaker-moments.js';
import { type AnyPredictor, EnsemblePredictor } from './ensemble.js';
import type { FeatureStage, RecordingFile } from './feature-stage.js';
import { isOfRecording, type PredictionStage } from './predict-all.js';
import type { Predictor } from './predictor.js';
import type { PreparedFeatures } from './prepared.js';

/** Recordings of one speaker, which are normalised together. */
export interface SpeakerGroup {
  readonly name: string;
  readonly recordings: readonly RecordingFile[];
}

/** A recording after all of its speaker's were looked at. */
export interface HeardRecording extends RecordingFile {
  /** Name of the speaker. */
  readonly group: string;
  /** Its features, if there was room for them: else they are prepared again. */
  readonly kept?: PreparedFeatures | undefined;
  /** Why it cannot be used. */
  readonly problem?: Error | undefined;
}

/** How the recordings of speakers are looked at before they are predicted. */
export interface SpeakerGroupOptions {
  /** As of PredictAllOptions. */
  readonly atOnce?: number;
  /** Most numbers of features that are kept of a speaker between the two passes; default 2^26, 256 MB. */
  readonly keep?: number;
  /** Called with what is known of a speaker, before any of the recordings is predicted; not if none can be used. */
  readonly onHeard?: (name: string, usable: number) => void;
  readonly onPrepared?: () => void;
}

/**
 * Goes over the recordings of each speaker, in order, for the moments of all of them together, and then gives each
 * with these. Only the features that fit are kept in between; the cache has the others.
 *
 * @example
 * const stage = featureStage(predictor, files);
 * const groups = [{ name: 'ann', recordings: [{ path: 'a.wav' }, { path: 'b.wav' }] }];
 * const heard = heardSpeakers(predictor, stage, groups);
 * for await (const { recording, prediction } of predictAll(heardStage(stage), heard))
 *   console.log(recording, prediction);
 *
 * @throws what is no recording's own fault
 */
export async function* heardSpeakers(
  predictor: AnyPredictor,
  stage: FeatureStage,
  groups: AsyncIterable<SpeakerGroup> | Iterable<SpeakerGroup>,
  { atOnce = 4, keep = 2 ** 26, onHeard, onPrepared }: SpeakerGroupOptions = {},
): AsyncGenerator<HeardRecording, void, undefined> {
  const { dimensions } = predictor.featureSet;
  const functionals = takesFunctionals(predictor);
  const alone = (own: SpeakerMoments): SpeakerMoments => own; // replaced once all are known
  for await (const { name, recordings } of groups) {
    const found: Pick<HeardRecording, 'kept' | 'problem'>[] = [];
    const moments: SpeakerMoments[] = [];
    let room = keep;
    let usable = 0;
    const prepare = (one: RecordingFile) => stage.prepare({ ...one, speaker: alone });
    for await (const { value, error } of inOrder(recordings, prepare, { atOnce })) {
      onPrepared?.();
      if (value === undefined) {
        if (!isOfRecording(error)) throw error;
        found.push({ problem: error });
        continue;
      }
      const own: SpeakerMoments[] = [];
      try {
        // The stretches of a long recording count as recordings.
        for await (const { features } of value.long?.stretches() ?? [value]) {
          own.push(ownMoments(features, dimensions, functionals));
        }
      } catch (problem) {
        if (!isOfRecording(problem)) throw problem;
        found.push({ problem });
        continue;
      }
      moments.push(...own);
      usable++;
      const fits = value.features.length <= room;
      if (fits) room -= value.features.length;
      found.push(fits ? { kept: value } : {});
    }
    if (usable > 0) onHeard?.(name, usable);
    const speaker = moments.length > 0 ? joinMoments(moments) : undefined;
    for (const [i, one] of recordings.entries()) {
      const own = found[i]!;
      found[i] = {}; // whoever predicts it keeps its features now, and nobody else
      yield { ...one, ...own, speaker, group: name };
    }
  }
}

/**
 * How recordings that were gone over are predicted.
 *
 * @example
 * const stage = featureStage(predictor, files);
 * const groups = [{ name: 'ann', recordings: [{ path: 'a.wav' }] }];
 * const heard = heardSpeakers(predictor, stage, groups);
 * for await (const { prediction } of predictAll(heardStage(stage), heard))
 *   console.log(prediction);
 */
export function heardStage<R extends Omit<HeardRecording, 'group'>>(
  stage: FeatureStage,
): PredictionStage<R, PreparedFeatures> {
  return {
    ...stage,
    prepare: ({ kept, problem, ...one }) => {
      if (problem !== undefined) return Promise.reject(problem);
      return kept ? Promise.resolve({ ...kept, speaker: one.speaker }) : stage.prepare(one);
    },
  };
}

/** Whether any of the models needs a speaker's functionals. */
function takesFunctionals(predictor: AnyPredictor): boolean {
  const models: readonly Pick<Predictor, 'normalisation'>[] =
    predictor instanceof EnsemblePredictor ? predictor.models : [predictor];
  return models.some(
    ({ normalisation: own }) => own.scope === 'speaker' && own.prior?.functionals !== undefined,
  );
}
