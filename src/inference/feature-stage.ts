import type { Files } from '../core/files.js';
import { overAllFrames, type Trim } from '../features/trim.js';
import {
  featuresOfFile,
  type FeatureOptions,
  type UtteranceFeatures,
} from '../features/utterance.js';
import type { AnyPredictor } from './ensemble.js';
import { type KnownSpeaker, normalisedFor } from './normalised.js';
import type { PredictionStage } from './predict-all.js';
import type { Prediction } from './predictor.js';

/** A recording in a file. */
export interface RecordingFile {
  readonly path: string;
  /** What is known of its speaker, for a model that normalises by speaker. */
  readonly speaker?: KnownSpeaker | undefined;
}

/** What is kept of a recording until it is predicted. */
export interface PreparedFeatures {
  /** [T, F] row-major: normalised if the model normalises by utterance, else as they were extracted. */
  readonly features: Float32Array;
  readonly seconds: number;
  readonly trim?: Trim | undefined;
  readonly speaker?: KnownSpeaker | undefined;
}

/** The features of a file: `featuresOfFile`, or a pool of workers that does the same. */
export type FeaturesOf = (path: string, options: FeatureOptions) => Promise<UtteranceFeatures>;

export interface FeatureStageOptions extends Pick<FeatureOptions, 'cache' | 'warn'> {
  /** Default: `featuresOfFile`, in this thread. */
  readonly features?: FeaturesOf | undefined;
}

/** Prepares and predicts the features of files. */
export type FeatureStage = PredictionStage<RecordingFile, PreparedFeatures>;

/**
 * How recordings in files are predicted by their features, for `predictAll`.
 *
 * @throws UsageError if the model normalises by speaker and has no prior, and nothing is known of a speaker, when the
 *   recordings are prepared
 */
export function featureStage(
  predictor: AnyPredictor,
  files: Files,
  {
    features: featuresOf = (...own) => featuresOfFile(files, ...own),
    cache,
    warn,
  }: FeatureStageOptions = {},
): FeatureStage {
  const { featureSet, trimDb, normalisation } = predictor;
  const { dimensions } = featureSet;
  const ready = normalisation.scope === 'utterance';
  const options = {
    featureSet,
    trimDb,
    ...(cache !== undefined && { cache }),
    ...(warn && { warn }),
  };
  return {
    prepare: async ({ path, speaker }) => {
      normalisedFor(normalisation, [], dimensions, { speaker }); // refuses before the work
      const { features, normalised, seconds, trim } = await featuresOf(path, options);
      return { features: ready ? normalised : features, seconds, trim, speaker };
    },
    frames: ({ features }) => features.length / dimensions,
    predict: async (prepared) => {
      const matrices = prepared.map(({ features }) => features);
      const speakerOf = prepared.map(({ speaker }) => speaker);
      const how = normalisation.scope === 'speaker' ? { speakerOf } : { normalised: ready };
      const predictions = await predictor.predictFeatures(matrices, how);
      return predictions.map((own, i) => ofRecording(own, prepared[i]!));
    },
  };
}

/** A prediction of the frames that were kept as one of the whole recording. */
function ofRecording(own: Prediction, { seconds, trim }: PreparedFeatures): Prediction {
  return { ...own, seconds, attention: overAllFrames(own.attention, trim) };
}
