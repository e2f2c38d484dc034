/** Data of a report: plain, so that any trainer can fill it in. */
export interface ReportInput {
  readonly title: string;
  /** When it was made, as shown. */
  readonly created: string;
  /** What it was computed on. */
  readonly adapter: string;
  readonly data: readonly ReportData[];
  readonly models: readonly ReportModel[];
  /** One recording with one model's prediction. */
  readonly prediction?: ReportPrediction;
}

/** One side of the split. */
export interface ReportData {
  readonly name: string;
  readonly utterances: number;
  /** Length of the recordings together. */
  readonly seconds: number;
  readonly speakers: number;
  /** Utterances by label of the scored task. */
  readonly labels: Readonly<Record<string, number>>;
}

export interface ReportModel {
  readonly name: string;
  /** The relevant settings, by name. */
  readonly settings: Readonly<Record<string, string | number>>;
  readonly parameters: number;
  /** Empty for a model that was not trained here. */
  readonly log: readonly ReportEpoch[];
  /** Of a model that was not trained here: where it is from, and what its scores mean. */
  readonly origin?: string;
  readonly test: ReportScores;
  /** Scores of its regression tasks on the test set, by task; absent if it has none. */
  readonly regression?: Readonly<Record<string, ReportNumberScores>>;
}

export interface ReportEpoch {
  /** From 1. */
  readonly epoch: number;
  /** Losses in nats: the weighted total and each task's own. */
  readonly train: { readonly total: number; readonly tasks: Readonly<Record<string, number>> };
  readonly validation?: {
    readonly total: number;
    /** Of the deciding task: of classes, or of numbers. */
    readonly accuracy?: number;
    readonly maf?: number;
    readonly ccc?: number;
    readonly rmse?: number;
  };
  readonly learningRate: number;
  readonly framesPerSecond: number;
}

/** Scores on the test set, 0 to 1, as `evaluate --json` prints them. */
export interface ReportScores {
  readonly maf: number;
  readonly map: number;
  readonly accuracy: number;
  readonly uar: number;
  /** Counts [C, C]: rows are the truth, columns the prediction. */
  readonly confusion: readonly (readonly number[])[];
  readonly labels: readonly string[];
  readonly utterances: number;
}

/** Scores of predicted numbers, as `evaluate --json` prints them. */
export interface ReportNumberScores {
  readonly ccc: number;
  readonly rmse: number;
  readonly mae: number;
  readonly pearson: number;
  readonly utterances: number;
  /** At 0.95. */
  readonly intervals?: Readonly<Record<'ccc' | 'rmse', readonly [low: number, high: number]>>;
}

export interface ReportPrediction {
  readonly path: string;
  /** Name of the model. */
  readonly model: string;
  /** The true label, if known. */
  readonly truth?: string;
  /** Probability by label. */
  readonly scores: Readonly<Record<string, number>>;
  /** Pooling weight of each frame, [T], summing to 1. */
  readonly attention: readonly number[];
  /** Largest magnitude in equal parts of the recording, 0 to 1; see `envelope`. */
  readonly envelope: readonly number[];
  readonly seconds: number;
}
