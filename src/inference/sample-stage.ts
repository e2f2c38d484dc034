import type { Recording } from '../audio/decode.js';
import type { Files } from '../core/files.js';
import { isLarge } from '../features/long-recording.js';
import { recordingFor } from '../features/recording.js';
import type { Framing } from '../features/sets/feature-set.js';
import type { AnyPredictor } from './ensemble.js';
import { featureStage, type FeatureStageOptions, type RecordingFile } from './feature-stage.js';
import { normalisedFor } from './normalised.js';
import type { PredictionStage } from './predict-all.js';
import type { LoadedRecording, Prediction } from './predictor.js';
import type { PreparedFeatures } from './prepared.js';

/** Decodes and resamples a file: in this thread, or in a pool of workers. */
export type SamplesOf = (
  path: string,
  needs: Pick<Framing, 'rate' | 'window'>,
) => Promise<Recording>;

/** How the samples of many recordings are come by. */
export interface SampleStageOptions extends FeatureStageOptions {
  /** Default: in this thread. */
  readonly samples?: SamplesOf | undefined;
}

/** What is kept of a recording until it is predicted: samples, or of a large file features. */
export type PreparedSamples =
  | { readonly recording: LoadedRecording; readonly features?: undefined }
  | { readonly features: PreparedFeatures; readonly recording?: undefined };

/**
 * How recordings in files are predicted by a predictor that computes features on the GPU, for `predictAll`: they are
 * decoded and resampled, and the device does all else in one submit a batch. Large files are predicted as `featureStage`
 * does.
 *
 * @example
 * const stage = sampleStage(predictor, files);
 * for await (const { prediction } of predictAll(stage, [{ path: 'a.wav' }]))
 *   console.log(prediction);
 */
export function sampleStage(
  predictor: AnyPredictor,
  files: Files,
  options: SampleStageOptions = {},
): PredictionStage<RecordingFile, PreparedSamples> {
  const { featureSet, normalisation } = predictor;
  const { rate, window, dimensions } = featureSet;
  const {
    samples: samplesOf = async (path, needs) => recordingFor(needs, await files.read(path), path),
  } = options;
  const ofFeatures = featureStage(predictor, files, options);
  return {
    prepare: async (file) => {
      const { path, speaker } = file;
      normalisedFor(normalisation, [], dimensions, { speaker }); // refuses before the work
      if (await isLarge(files, path, featureSet, options.large)) {
        return { features: await ofFeatures.prepare(file) };
      }
      const { samples, seconds } = await samplesOf(path, { rate, window });
      return { recording: { samples, seconds, name: path, speaker } };
    },
    frames: ({ recording, features }) =>
      recording ? featureSet.frames(recording.samples.length) : ofFeatures.frames(features),
    predict: async (prepared) => {
      const recordings = prepared.flatMap(({ recording }) => recording ?? []);
      const others = prepared.flatMap(({ features }) => features ?? []);
      const found = await predictor.predictRecordings(recordings);
      const ofOthers = others.length > 0 ? await ofFeatures.predict(others) : [];
      let [one, other] = [0, 0];
      return prepared.map(({ recording }): Prediction | Error =>
        recording ? found[one++]! : ofOthers[other++]!,
      );
    },
  };
}
