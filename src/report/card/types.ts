import type { LabelSets } from '../../core/labels.js';
import type { ModelConfig, OptimizerConfig } from '../../core/config.js';
import type { ReportNumberScores } from '../run/types.js';
import type { ClassScores, Estimate, Metric, Scores } from '../experiment/types.js';

/** The contents of a model card: plain data. Unknown parts are absent, also from the card. */
export interface ModelCard {
  readonly name: string;
  readonly model: ModelConfig;
  readonly parameters?: number;
  /** Names of the classes of each task. */
  readonly labels: LabelSets;
  /** As Hugging Face names it, such as `mit`. */
  readonly license?: string;
  /** In addition to those of every such model. */
  readonly tags?: readonly string[];
  readonly data?: CardData;
  readonly protocol?: CardProtocol;
  readonly training?: CardTraining;
  readonly test?: CardTest;
  /** Scores of its regression tasks on unseen speakers, by task, as `evaluate --json` prints them. */
  readonly numbers?: Readonly<Record<string, ReportNumberScores>>;
  /** More limits than every such model has, a sentence each. */
  readonly limits?: readonly string[];
}

/** What it was trained on. */
export interface CardData {
  readonly corpus?: string;
  /** ISO 639 codes, such as `pl`. */
  readonly languages?: readonly string[];
  /** Whether the emotions were acted, where that is known. */
  readonly acted?: boolean;
  readonly utterances?: number;
  /** Length of the recordings together. */
  readonly seconds?: number;
  readonly speakers?: number;
  /** Utterances by label of the scored task. */
  readonly labels?: Readonly<Record<string, number>>;
}

/** How a model was validated and tested, on its card. */
export interface CardProtocol {
  /** How speakers are divided, in words. */
  readonly split?: string;
  readonly testSpeakers?: readonly string[];
  /** What the best epoch was chosen on, in words. */
  readonly validation?: string;
  readonly seed?: number;
  /** Id of the feature set; absent: the usual one. */
  readonly features?: string;
  /** Of the features, such as `utterance`. */
  readonly normalisation?: string;
}

/** How a model was trained, on its card. */
export interface CardTraining {
  readonly optimizer?: OptimizerConfig;
  readonly learningRate?: number;
  /** Utterances of a batch. */
  readonly batch?: number;
  /** Epochs done, and the one the model comes from, from 1. */
  readonly epochs?: number;
  readonly bestEpoch?: number;
  readonly validationAccuracy?: number;
  /** By regression task. */
  readonly validationNumbers?: Readonly<
    Record<string, { readonly ccc: number; readonly rmse: number }>
  >;
  readonly adapter?: string;
  readonly driver?: string;
  /** Of this package. */
  readonly version?: string;
}

/** Scores on unseen speakers. */
export interface CardTest {
  /** Default: emotion. */
  readonly task?: string;
  readonly utterances?: number;
  readonly scores: Readonly<Record<Metric, Estimate>>;
  readonly classes?: readonly ClassScores[];
  /** Shown if there are several. */
  readonly folds?: readonly CardFold[];
}

/** A fold of an experiment on a model's card. */
export interface CardFold {
  readonly name: string;
  readonly utterances: number;
  readonly scores: Scores;
}
