/**
 * alstm in a browser: `import { … } from 'alstm/browser'`, the same engine, training and inference as in
 * Node with the browser's WebGPU and storage. Works in pages and in workers, and in Deno.
 *
 * Errors a user can meet are AlstmErrors: `message` says what is wrong in one line, `hint` what to do.
 *
 * Examples take for granted what a program has at hand: `file` and `files` (that were chosen), `alstm` (an opened model), `engine`,
 * `predictor`, `trained` (a TrainedModel), `corpus`, `data` (RunData) and `samples` (a second at 16 kHz).
 *
 * @packageDocumentation
 */

// The device, files, errors.
export { Engine } from './gpu/engine.js';
export type { AdapterInfo, AdapterKind } from './gpu/device.js';
export { doctorReport, type DoctorReport } from './gpu/doctor.js';
export {
  bundledShaders,
  openBrowserEngine,
  type BrowserEngineOptions,
} from './platform/browser/engine.js';
export { DenoFiles } from './platform/deno/files.js';
export { BlobFiles } from './platform/browser/blob-files.js';
export { OpfsFiles, type OpfsStorage } from './platform/browser/opfs-files.js';
export { OverlayFiles } from './platform/browser/overlay.js';
export { UrlFiles, type UrlFilesOptions } from './platform/browser/url-files.js';
export { readText, type Files, type FolderEntry } from './core/files.js';
export { joinPath, parentFolder } from './core/paths.js';
export * from './core/errors.js';
export { VERSION } from './core/version.js';

// Recordings and features. Decoders of MP3, Vorbis and Opus are loaded when they are needed.
export { decodeAudio, type Recording } from './audio/decode.js';
export { resample } from './audio/resample.js';
export { encodeWav } from './audio/wav.js';
export { loadSamples, toRecording } from './features/recording.js';
export { extractFeatures, type Features } from './features/extract.js';
export { overAllFrames, type Trim } from './features/trim.js';
export {
  columnOf,
  framesWithin,
  type FeatureSet,
  type Framing,
} from './features/sets/feature-set.js';
export { featureSet, featureSetIds, registerFeatureSet } from './features/sets/registry.js';
export {
  normaliseUtterance,
  normalisations,
  type Normalisation,
  type NormalisationScope,
} from './features/normalise.js';
export {
  FEATURE_COUNT,
  FEATURE_NAMES,
  frameCount,
  HOP,
  RATE,
} from './features/sets/prosody36/settings.js';
export {
  featuresOfFile,
  featuresOfSamples,
  type FeatureOptions,
  type UtteranceFeatures,
} from './features/utterance.js';

// Corpora.
export type { Corpus, Skipped, SplitName, Utterance } from './corpora/corpus.js';
export { readManifest, writeManifest } from './corpora/manifest.js';
export { corpusFormats, readCorpus, type CorpusOptions } from './corpora/registry.js';
export { summariseCorpus, type CorpusSummary } from './corpora/summary.js';

// Models.
export type { Cell } from './core/cells.js';
export type {
  FunctionalsConfig,
  FunctionalsScope,
  LayerConfig,
  LayeredModelConfig,
  ModelConfig,
  RecurrentConfig,
  TwoLayerModelConfig,
} from './core/config.js';
export { presetModel, presetNames, type PresetName } from './model/presets.js';
export { parameterCount } from './network/parameters.js';
export { initialParameters } from './network/init.js';
export type { KernelPlan, Precision } from './plan/plan.js';
export {
  readModel,
  writeModel,
  type Labels,
  type Provenance,
  type TrainedModel,
} from './model/folder.js';
export type { Confidence, ConfidenceByTask, SureAnswers } from './model/confidence.js';

// Training and evaluation.
export { parseRunSettings, type RunSettings, type TrainingConfig } from './runs/settings.js';
export { type AugmentConfig, augmentRecipe } from './core/augment.js';
export { loadTrainingDataFor } from './runs/training-data.js';
export {
  loadTestData,
  loadTrainingData,
  type DataSource,
  type TrainingDataOptions,
  type RunData,
} from './data/source.js';
export {
  datasetOf,
  type Dataset,
  type DatasetItem,
  type DatasetOrigin,
  type Targets,
} from './data/dataset.js';
export { FEATURE_MEMORY, type FeatureMemoryOptions } from './data/feature-memory.js';
export type { FeatureRows } from './features/rows.js';
export { evaluate, evaluateTask, type EvaluateOptions } from './scoring/evaluate.js';
export { readLog, type EpochLog } from './runs/log.js';
export type { Evaluation, SureScores } from './metrics/metrics.js';
export { isRegressionEvaluation, type RegressionEvaluation } from './metrics/regression.js';
export type { HeadEvaluation } from './network/heads/head.js';
export { readRunConfig } from './runs/folder.js';
export { train, type TrainCorpusOptions } from './train-browser.js';
export type { CorpusTrainOptions } from './training/corpus-options.js';
export type { RunResult, TrainOptions, TrainProgress } from './training/trainer.js';
export { trainWithRecovery } from './training/train-with-recovery.js';

// Prediction, in one line.
export {
  open,
  type ModelFiles,
  type Opened,
  type OpenOptions,
  type OpenRecording,
  type OpenSound,
} from './open-browser.js';
export type {
  LiveOptions,
  MainAnswer,
  OpenedModel,
  OpenedPrediction,
  OpenedPredictOptions,
  Samples,
  SourceOptions as SourceStreamOptions,
  StreamedPrediction,
} from './inference/opened-model.js';
export type { PcmFormat, SoundSource } from './inference/sound-source.js';
export type { ClassWeights } from './training/class-weights.js';
export type { RecordingBytes } from './recording-bytes.js';
export { DEFAULT_VOICES, type ModelInfo } from './model/voices.js';

// Prediction step by step, and looking into a model.
export { featurePlaces, type FeaturesOn } from './inference/feature-places.js';
export {
  Predictor,
  type LoadedRecording,
  type Prediction,
  type PredictorOptions,
  type TaskPrediction,
} from './inference/predictor.js';
export type { LoadedSamples } from './inference/sample-answers.js';
export type { Answer } from './inference/answer-sums.js';
export type { KnownSpeaker, SpeakerOptions } from './inference/normalised.js';
export {
  enrol,
  parseEnrolment,
  readEnrolment,
  writeEnrolment,
  type Enrolment,
  type EnrollingModel,
} from './inference/enrolment.js';
export {
  DEFAULT_KAPPA,
  FEW_RECORDINGS,
  joinMoments,
  type Moments,
  type SpeakerMoments,
  type SpeakerPrior,
} from './features/speaker-moments.js';
export { predictAudioBuffer, type AudioBufferLike } from './inference/audio-buffer.js';
export {
  StreamPredictor,
  type SamplePredictor,
  type StreamOptions,
  type StreamPrediction,
} from './inference/stream-predictor.js';
export {
  Inspector,
  inspectUtterance,
  type CombinationWeights,
  type GateActivity,
  type UtteranceInspection,
} from './inference/inspector.js';

// Below that: sessions on a device, step by step, the fixtures to check them with, and their speed.
export { InferenceSession } from './session/inference-session.js';
export { TrainingSession, type TrainingOptions } from './session/training-session.js';
export { notFiniteText, type NotFinite } from './session/diagnosis.js';
export type { FrameBatch, Inference, LossSummary, TrainingBatch } from './session/types.js';
export { ExtractionSession } from './session/extraction-session.js';
export { verifyExtraction } from './session/verify-extraction.js';
export { isNetworkFixture, verifyNetworkFixture, type Comparison } from './session/verify.js';
export { readSafetensors, writeSafetensors } from './core/safetensors.js';
export type { HostTensor } from './core/tensor.js';
export {
  timeInference,
  type InferenceOptions,
  type InferenceTiming,
  type Latency,
} from './bench/inference.js';
export type { BenchShape } from './bench/shape.js';
export { timeTrainStep, type TrainStepOptions, type TrainStepTiming } from './bench/train-step.js';

// Types that the above use.
export type {
  AbortSignalLike,
  BlobLike,
  Disposes,
  DroppedEntry,
  DroppedItem,
  FileLike,
  MediaStreamLike,
  ReadableStreamLike,
} from './core/host-types.js';
export type { DeviceAdvice, Gpu } from './gpu/device.js';
export type { GPUPowerPreference } from './gpu/webgpu.js';
export type { ShaderSource } from './kernels/shader.js';
