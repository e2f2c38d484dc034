/** Types that the exports of index.ts speak of. */
export type {
  AbortSignalLike,
  Disposes,
  ReadableStreamLike,
  StopSignal,
} from './core/host-types.js';
export type {
  ReadOptions,
  SafetensorsFile,
  StoredTensor,
  WriteOptions,
} from './core/safetensors.js';
export type { DirectionTrace, Inspection } from './session/types.js';
export type { VerifyOptions } from './session/verify.js';
export type { Job } from './experiments/jobs.js';
export type { Shard } from './core/shard.js';
export type { CellData, DataSummary } from './experiments/experiment-data.js';
export type { ProtocolCell, ReportSettings } from './experiments/protocol.js';
export type { JobExample, JobPrediction, JobResult } from './experiments/result.js';
export type { ExperimentProgress } from './experiments/run-experiment.js';
export type { DoneJob } from './experiments/scores.js';
export type { Comparison as SpeakerComparison, Estimate } from './experiments/statistics.js';
export type { NormaliseOptions } from './features/normalise.js';
export type { FeatureStatistics } from './features/statistics.js';
export type { Deviation } from './features/sets/compare.js';
export type { DeviceAdvice, Gpu, GpuFeature, SubgroupMatrix, Wait } from './gpu/device.js';
export type { CheckResult } from './gpu/doctor.js';
export type { Fact as DoctorFact } from './gpu/doctor-numbers.js';
export type { TraceEvent } from './gpu/trace.js';
export type { Direction } from './inference/inspector.js';
export type { PredictFeaturesOptions } from './inference/predictor.js';
export type { BatchCapacity } from './network/time.js';
export type { WeightPlace } from './kernels/recurrence/recurrence_cooperative.js';
export type {
  MatmulPlan,
  MatmulPlans,
  RecurrencePlan,
  StepsPlan,
  CooperativePlan,
  PersistentPlan,
} from './plan/plan.js';
export type { NodeEntry, NodeFile, NodeFs, NodeStats } from './platform/node/files.js';
export type {
  CellComparison,
  CellReport,
  CrossCorpusReport,
  ClassScores,
  CombinationWeights as ReportCombination,
  Estimate as ReportEstimate,
  ExampleModel,
  ExampleUtterance,
  ExperimentReport,
  Metric,
  ReportCorpus,
  ReportProtocol,
  EnsembleReport,
  PriorReport,
  RunCurve,
  Scores,
  UnitScores,
} from './report/experiment/types.js';
export type {
  CardData,
  CardFold,
  CardProtocol,
  CardTest,
  CardTraining,
  ModelCard,
} from './report/card/types.js';
export type { Choice, HeadSettings } from './runs/settings.js';
export type { TrainingSettings } from './runs/training-settings.js';
export type { Ending } from './training/epoch-loop.js';
export type {
  ConstantSchedule,
  CosineSchedule,
  ExponentialSchedule,
  StepSchedule,
} from './runs/schedule.js';
export type { Candidates } from './tuning/candidates.js';
export type { Part as TunedPart, PartValue as TunedPartValue } from './tuning/parts.js';
export type { PredictedTiming } from './tuning/predicted.js';
export type { CandidateTiming, OnCandidate, StepTiming, TunedCandidate } from './tuning/search.js';
export type { ReportNumberScores } from './report/run/types.js';
export type { ValidationScores } from './scoring/validation.js';
