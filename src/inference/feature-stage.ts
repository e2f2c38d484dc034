import type { Files } from '../core/files.js';
import { extractSet } from '../features/extract.js';
import {
  type LargeLimits,
  type LargeRecording,
  largeRecording,
  type Stretch,
} from '../features/long-recording.js';
import { overAllFrames } from '../features/trim.js';
import {
  featuresOfFile,
  type FeatureOptions,
  type UtteranceFeatures,
} from '../features/utterance.js';
import type { AnyPredictor } from './ensemble.js';
import { averageOfStretches } from './long-prediction.js';
import { type KnownSpeaker, normalisedFor } from './normalised.js';
import { isOfRecording, type PredictionStage } from './predict-all.js';
import type { Prediction } from './predictor.js';
import type { LongFeatures, PreparedFeatures } from './prepared.js';

/** A recording in a file. */
export interface RecordingFile {
  readonly path: string;
  /** What is known of its speaker, for a model that normalises by speaker. */
  readonly speaker?: KnownSpeaker | undefined;
}

/** The features of a file: `featuresOfFile`, or a pool of workers that does the same. */
export type FeaturesOf = (path: string, options: FeatureOptions) => Promise<UtteranceFeatures>;

/** How the features of many recordings are come by. */
export interface FeatureStageOptions extends Pick<FeatureOptions, 'cache' | 'warn'> {
  /** Default: `featuresOfFile`, in this thread. Not used for large files (32 MiB), which are read in pieces. */
  readonly features?: FeaturesOf | undefined;
  /** Which files are read in pieces, and which recordings are taken in stretches. */
  readonly large?: LargeLimits | undefined;
  /** Called after each stretch of a recording of more than an hour: `heard` of its `seconds` are done. */
  readonly onStretch?: ((path: string, heard: number, seconds: number) => void) | undefined;
}

/** Prepares and predicts the features of files. */
export type FeatureStage = PredictionStage<RecordingFile, PreparedFeatures>;

/**
 * How recordings in files are predicted by their features, for `predictAll`.
 *
 * Files of 32 MiB and more are read in pieces, and their features are not cached. A recording in such a file that is
 * longer than an hour is predicted as its stretches would be, of at most ten minutes and equal length, if each were a
 * recording of its own (trimmed, normalised); their answers are averaged, weighted by their frames. So memory does
 * not grow with its length.
 *
 * @example
 * const stage = featureStage(predictor, files, { cache: userCacheFolder() });
 * for await (const { prediction } of predictAll(stage, [{ path: 'a.wav' }]))
 *   console.log(prediction);
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
    large: limits,
    onStretch,
  }: FeatureStageOptions = {},
): FeatureStage {
  const { featureSet, trimDb, normalisation } = predictor;
  const { dimensions } = featureSet;
  const ready = normalisation.scope === 'utterance';
  const options = {
    ...{ featureSet, trimDb },
    ...(cache !== undefined && { cache }),
    ...(warn && { warn }),
  };

  async function ofSamples({ samples }: Stretch, path: string): Promise<PreparedFeatures> {
    const found = await extractSet(featureSet, samples, path, trimDb);
    const features = ready ? found.normalised : found.features;
    return { features, seconds: samples.length / featureSet.rate, trim: found.trim };
  }

  async function* stretchesOf(large: LargeRecording, { path, speaker }: RecordingFile) {
    for await (const stretch of large.stretches()) {
      yield { ...(await ofSamples(stretch, path)), speaker, first: stretch.first };
    }
  }

  async function ofLarge(large: LargeRecording, file: RecordingFile): Promise<PreparedFeatures> {
    const { seconds, frames, long } = large;
    const { speaker } = file;
    if (long) {
      const stretches = () => stretchesOf(large, file);
      return {
        features: new Float32Array(0),
        seconds,
        speaker,
        long: { path: file.path, frames, stretches },
      };
    }
    const { value } = await stretchesOf(large, file).next();
    return { ...value!, seconds };
  }

  async function predictTogether(prepared: readonly PreparedFeatures[]): Promise<Prediction[]> {
    const matrices = prepared.map(({ features }) => features);
    const speakerOf = prepared.map(({ speaker }) => speaker);
    const how = normalisation.scope === 'speaker' ? { speakerOf } : { normalised: ready };
    const predictions = await predictor.predictFeatures(matrices, how);
    return predictions.map((own, i) => ({
      ...ofRecording(own, prepared[i]!),
      ...(!featureSet.external && { featuresOn: 'cpu' }),
    }));
  }

  async function ofStretches(long: LongFeatures, seconds: number): Promise<Prediction | Error> {
    let heard = 0;
    try {
      return await averageOfStretches(predictor, long, seconds, async (stretches) => {
        const found = await predictTogether(stretches);
        for (const own of stretches) heard += own.seconds;
        onStretch?.(long.path, Math.min(heard, seconds), seconds);
        return found;
      });
    } catch (error) {
      if (isOfRecording(error)) return error; // its file went away meanwhile
      throw error;
    }
  }

  return {
    prepare: async (file) => {
      const { path, speaker } = file;
      normalisedFor(normalisation, [], dimensions, { speaker }); // refuses before the work
      const large = await largeRecording(files, path, featureSet, limits);
      if (large !== undefined) return ofLarge(large, file);
      const { features, normalised, seconds, trim } = await featuresOf(path, options);
      return { features: ready ? normalised : features, seconds, trim, speaker };
    },
    frames: ({ features, long }) => long?.frames ?? features.length / dimensions,
    predict: async (prepared) => {
      const found = await predictTogether(prepared.filter(({ long }) => long === undefined));
      const all: (Prediction | Error)[] = [];
      let at = 0;
      for (const { long, seconds } of prepared) {
        if (long === undefined) all.push(found[at++]!);
        else all.push(await ofStretches(long, seconds));
      }
      return all;
    },
  };
}

/** A prediction of the frames that were kept as one of the whole recording. */
function ofRecording(own: Prediction, { seconds, trim }: PreparedFeatures): Prediction {
  return { ...own, seconds, attention: overAllFrames(own.attention, trim) };
}
