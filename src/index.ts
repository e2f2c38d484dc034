/**
 * alstm: speech emotion recognition with the Advanced LSTM (Tao & Liu, ICASSP 2018), trained and run
 * in WebGPU compute shaders. All that the command line can do; `test/examples/train-and-predict.ts`
 * shows the usual way through.
 *
 * Errors a user can meet are AlstmErrors: `message` says what is wrong in one line, `hint` what to do.
 *
 * Examples take for granted what a program has at hand: `files` (a NodeFiles), `source` (a DataSource), `alstm` (an opened model), `engine`,
 * `predictor`, `trained` (a TrainedModel), `corpus`, `data` (RunData) and `samples` (a second at 16 kHz).
 *
 * @packageDocumentation
 */

// The device, files, errors.
export { Engine } from './gpu/engine.js';
export type { AdapterInfo, AdapterKind } from './gpu/device.js';
export { doctorReport, type DoctorReport } from './gpu/doctor.js';
export { openEngine } from './platform/node/engine.js';
export {
  adapterChoices,
  type AdapterChoice,
  type OpenGpuOptions,
} from './platform/node/open-gpu.js';
export { NodeFiles } from './platform/node/files.js';
export { userCacheFolder } from './platform/node/cache.js';
export {
  recordingThreads,
  type RecordingThreadsOptions,
} from './platform/node/recording-threads.js';
export { readText, type Files, type FolderEntry } from './core/files.js';
export * from './core/errors.js';
export { VERSION } from './core/version.js';

// Recordings and features.
export { decodeAudio, type Recording } from './audio/decode.js';
export { resample } from './audio/resample.js';
export { encodeWav } from './audio/wav.js';
export { loadSamples } from './features/recording.js';
export { extractFeatures, type Features } from './features/extract.js';
export {
  columnOf,
  framesWithin,
  type FeatureSet,
  type Framing,
} from './features/sets/feature-set.js';
export { featureSet, featureSetIds, registerFeatureSet } from './features/sets/registry.js';
export {
  normaliseAll,
  normalisationOf,
  normalisations,
  normaliseUtterance,
  type Normalisation,
  type NormalisationScope,
} from './features/normalise.js';
export { overAllFrames, type Trim } from './features/trim.js';
export { functionalCount, functionalsOf } from './features/functionals.js';
export { FEATURE_COUNT, FEATURE_NAMES, frameCount } from './features/sets/prosody36/settings.js';
export {
  featuresOfFile,
  featuresOfSamples,
  type FeatureOptions,
  type StoredFeatures,
  type UtteranceFeatures,
} from './features/utterance.js';
export type { EntryFile } from './features/cache.js';
export { mapFeatures, type BulkOptions } from './features/workers/bulk.js';
export { featuresInOrder, samplesInOrder, type Outcome } from './features/workers/in-order.js';
export type {
  RecordingWorkers,
  SampleNeeds,
  WorkOptions,
} from './features/workers/recording-workers.js';

// Corpora.
export type { Corpus, Skipped, SplitName, Style, Utterance } from './corpora/corpus.js';
export {
  filterCorpus,
  outsideDuration,
  type CorpusFiles,
  type CorpusFilters,
  type CorpusNumbers,
  type CorpusPermissions,
} from './corpora/filters.js';
export { classesOf, labelSets, numbersOf, type LabelSets } from './corpora/labels.js';
export { readManifest, writeManifest } from './corpora/manifest.js';
export { corpusFormats, readCorpus, type CorpusOptions } from './corpora/registry.js';
export { joinedSource, readCorpora, type CorpusPart, type LabelMap } from './corpora/several.js';
export {
  splitCorpus,
  type Split,
  type SplitOptions,
  type ValidationUnit,
} from './corpora/split.js';
export { summariseCorpus, type CorpusSummary, type NumberSummary } from './corpora/summary.js';

// Models.
export type { Cell } from './core/cells.js';
export type {
  ClassificationHead,
  DenseConfig,
  FunctionalsConfig,
  FunctionalsScope,
  HeadConfig,
  LayerConfig,
  LayeredModelConfig,
  LossName,
  ModelConfig,
  OptimizerConfig,
  Pooling,
  RecurrentConfig,
  RegressionHead,
  RegressionLoss,
  SubsampleConfig,
  TwoLayerModelConfig,
} from './core/config.js';
export { isRegression, outputsOf } from './core/heads.js';
export { layersOf, type NamedLayer } from './core/layers.js';
export { initialParameters } from './network/init.js';
export { parseModelConfig } from './network/model-config.js';
export { presetModel, presetNames, type PresetName } from './model/presets.js';
export { parameterCount } from './network/parameters.js';
export type { KernelPlan, Precision } from './plan/plan.js';
export { parsePlan } from './plan/schema.js';
export {
  readModel,
  writeModel,
  type Labels,
  type Provenance,
  type TrainedModel,
} from './model/folder.js';
export type { Confidence, ConfidenceByTask, SureAnswers } from './model/confidence.js';
export { exportHuggingFace } from './export/hugging-face.js';

// The variants and tile sizes of kernels: by rules, given, or tuned.
export {
  settlePlan,
  type SettledPlan,
  type SettleOptions,
  type TuneMode,
  type Tuning,
} from './tuning/settle.js';
export { tune, type Tuned, type TuneOptions } from './tuning/tune.js';

// Training and evaluation.
export {
  layerSettings,
  parseRunSettings,
  resolveModel,
  resolveTraining,
  type RunSettings,
  type TrainingConfig,
} from './runs/settings.js';
export { loadTrainingDataFor } from './runs/training-data.js';
export {
  loadCorpus,
  loadTestData,
  loadTrainingData,
  type DataSource,
  type SourceOptions,
  type TrainingDataOptions,
  type LoadedCorpus,
  type RunData,
} from './data/source.js';
export {
  datasetOf,
  type Dataset,
  type DatasetItem,
  type DatasetOrigin,
  type Targets,
} from './data/dataset.js';
export {
  FEATURE_MEMORY,
  type FeatureMemoryOptions,
  type HeldFeatures,
  type Room,
} from './data/feature-memory.js';
export type { FeatureRows } from './features/rows.js';
export { evaluate, evaluateTask, type EvaluateOptions } from './scoring/evaluate.js';
export { readLog, type EpochLog, type EpochLosses } from './runs/log.js';
export { logFormats, type LogFormat } from './runs/log-formats.js';
export { cardOfModel } from './runs/card.js';
export type { Evaluation, SureScores } from './metrics/metrics.js';
export {
  isRegressionEvaluation,
  type Interval,
  type RegressionEvaluation,
} from './metrics/regression.js';
export type { HeadEvaluation } from './network/heads/head.js';
export type { Machine, RunConfig, SideSummary } from './runs/config.js';
export { readRunConfig } from './runs/folder.js';
export type { ScheduleConfig } from './runs/schedule.js';
export { type AugmentConfig, augmentRecipe } from './core/augment.js';
export { train, type TrainCorpusOptions } from './train.js';
export type { CorpusTrainOptions } from './training/corpus-options.js';
export type { RunResult, TrainOptions, TrainProgress } from './training/trainer.js';

// Prediction, in one line.
export { open, type Opened, type OpenOptions, type OpenRecording } from './open.js';
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

// Prediction, step by step.
export { featurePlaces, type FeaturesOn } from './inference/feature-places.js';
export {
  Predictor,
  type LoadedRecording,
  type Prediction,
  type PredictorOptions,
  type TaskPrediction,
} from './inference/predictor.js';
export type { LoadedSamples } from './inference/sample-answers.js';
export { EnsemblePredictor, type AnyPredictor } from './inference/ensemble.js';
export {
  predictAll,
  predictWindows,
  type Predicted,
  type PredictAllOptions,
  type PredictionStage,
} from './inference/predict-all.js';
export {
  featureStage,
  type FeaturesOf,
  type FeatureStage,
  type FeatureStageOptions,
  type RecordingFile,
} from './inference/feature-stage.js';
export {
  sampleStage,
  type PreparedSamples,
  type SamplesOf,
  type SampleStageOptions,
} from './inference/sample-stage.js';
export type { LargeLimits } from './features/long-recording.js';
export type { LongFeatures, PreparedFeatures, PreparedStretch } from './inference/prepared.js';
export {
  heardSpeakers,
  heardStage,
  type HeardRecording,
  type SpeakerGroup,
  type SpeakerGroupOptions,
} from './inference/speaker-groups.js';
export { withPrior } from './inference/prior.js';
export { correctToPrior, type ClassPrior } from './metrics/prior.js';
export {
  atTemperature,
  calibrationError,
  coverageAt,
  fitTemperature,
  type Answers,
  type Coverage,
} from './metrics/calibration.js';
export { withTemperature } from './model/temperature.js';
export {
  conditionNames,
  underCondition,
  type ConditionName,
} from './features/conditions/conditions.js';
export {
  evaluateTogether,
  type ModelOnData,
  type TogetherOptions,
} from './scoring/evaluate-together.js';
export type { Answer } from './inference/answer-sums.js';
export type { KnownSpeaker, SpeakerOptions, SpeakersOptions } from './inference/normalised.js';
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

// Below that: sessions on a device, step by step, and the fixtures to check them with.
export { InferenceSession } from './session/inference-session.js';
export type { SessionOptions } from './session/network-session.js';
export { TrainingSession, type TrainingOptions } from './session/training-session.js';
export { notFiniteText, type NotFinite } from './session/diagnosis.js';
export type {
  FrameBatch,
  Inference,
  LossSummary,
  Tensors,
  TrainingBatch,
  TrainingState,
} from './session/types.js';
export { ExtractionSession } from './session/extraction-session.js';
export { verifyExtraction } from './session/verify-extraction.js';
export { isNetworkFixture, verifyNetworkFixture, type Comparison } from './session/verify.js';
export { verifyFeatures } from './features/sets/prosody36/verify.js';
export { verifyFeatureFixture } from './features/verify.js';
export { readSafetensors, writeSafetensors } from './core/safetensors.js';
export type { HostTensor } from './core/tensor.js';

// Experiments: cells × folds × seeds.
export { loadExperimentData, type ExperimentData } from './experiments/experiment-data.js';
export { parseProtocol, protocolHash, type Protocol } from './experiments/protocol.js';
export { foldsOf, type Fold, type SplitRule } from './experiments/split-rule.js';
export { runExperiment, type ExperimentOptions } from './experiments/run-experiment.js';
export { collect, reportOf, type Collected } from './experiments/collect.js';
export { compare, estimate, MIN_UNITS } from './experiments/statistics.js';
export { loadLibsvm } from './platform/node/libsvm.js';
export type { SolveSvm, SvmProblem, SvmSolution } from './core/svm.js';
export { trainWithRecovery } from './training/train-with-recovery.js';
export { modelCard } from './report/card/card.js';

// Looking into a model.
export {
  Inspector,
  inspectUtterance,
  type CombinationWeights,
  type GateActivity,
  type UtteranceInspection,
} from './inference/inspector.js';

// Types that the above speak of.
export type * from './spoken-types.js';
