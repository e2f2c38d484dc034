/** Data of the report on an experiment: plain, so that any runner can fill it in. */
export interface ExperimentReport {
  readonly title: string;
  /** When it was made, as shown. */
  readonly created: string;
  /** Adapters and versions that computed the runs. */
  readonly machines: readonly string[];
  readonly protocol: ReportProtocol;
  readonly corpus: ReportCorpus;
  /** The emotions, in the order of the confusion matrices. */
  readonly labels: readonly string[];
  /** What the scores are averaged and resampled over: test speakers, or folds of several of them. */
  readonly unit: 'speaker' | 'fold';
  /** In the order of the protocol; the first is the baseline that the others are compared with. */
  readonly cells: readonly CellReport[];
  readonly comparisons: readonly CellComparison[];
  /** Models whose probabilities are averaged. */
  readonly ensembles?: readonly EnsembleReport[];
  /** Every network and ensemble against the support vector classifier, by UAR; absent if there is none. */
  readonly againstSvm?: readonly CellComparison[];
  /** Scores with the probabilities corrected to given shares of the labels. */
  readonly prior?: PriorReport;
  /** Absent for one corpus. */
  readonly crossCorpus?: CrossCorpusReport;
  /** Runs of the protocol that are not done, as `cell fold seed`. */
  readonly missing: readonly string[];
  readonly examples: readonly ExampleUtterance[];
}

/** The protocol of an experiment in its report. */
export interface ReportProtocol {
  /** SHA-256 of the protocol, and of features and labels of the data. */
  readonly hash: string;
  readonly dataHash: string;
  /** How the speakers are divided, in words. */
  readonly split: string;
  readonly seeds: readonly number[];
  /** The whole file. */
  readonly json: string;
}

/** The corpus of an experiment in its report. */
export interface ReportCorpus {
  readonly name: string;
  readonly utterances: number;
  readonly seconds: number;
  readonly speakers: readonly { readonly name: string; readonly utterances: number }[];
  /** Utterances by emotion. */
  readonly labels: Readonly<Record<string, number>>;
}

export const metrics = ['maf', 'map', 'accuracy', 'uar'] as const;
/** A score that cells are compared by. */
export type Metric = (typeof metrics)[number];
/** 0 to 1. */
export type Scores = Readonly<Record<Metric, number>>;

/** A mean over units; without an interval if there are too few. */
export interface Estimate {
  readonly mean: number;
  /** 95%, by bootstrap over the units. */
  readonly interval?: readonly [number, number];
}

/** A cell of an experiment in its report. */
export interface CellReport {
  readonly name: string;
  /** The relevant settings, by name. */
  readonly settings: Readonly<Record<string, string | number>>;
  readonly parameters: number;
  /** Runs that are done. */
  readonly runs: number;
  /** Means over units of the means over seeds. */
  readonly scores: Readonly<Record<Metric, Estimate>>;
  /** Over all test utterances, averaged over seeds. */
  readonly classes: readonly ClassScores[];
  readonly units: readonly UnitScores[];
  /** Counts [C, C] of all folds, averaged over seeds; rows are the truth. */
  readonly confusion: readonly (readonly number[])[];
  readonly curves: readonly RunCurve[];
}

/** Several models as one: the mean of their probabilities. */
export interface EnsembleReport extends Pick<
  CellReport,
  'name' | 'scores' | 'classes' | 'units' | 'confusion'
> {
  /** How many are averaged for one prediction. */
  readonly models: number;
}

/** UAR by corpus, of an experiment on several. */
export interface CrossCorpusReport {
  readonly rows: readonly {
    /** Corpora of the training speakers. */
    readonly trainedOn: string;
    readonly testedOn: string;
    readonly models: readonly {
      readonly name: string;
      /** Test speakers. */
      readonly speakers: number;
      /** Mean over them of the means over seeds. */
      readonly uar: Estimate;
    }[];
  }[];
}

/** Scores of an experiment with its answers corrected to a prior. */
export interface PriorReport {
  /** By label. */
  readonly shares: Readonly<Record<string, number>>;
  /** What it takes for granted. */
  readonly warning: string;
  /** Of cells and ensembles. */
  readonly rows: readonly { readonly name: string; readonly scores: CellReport['scores'] }[];
}

/** How well one class was recognised. */
export interface ClassScores {
  readonly label: string;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Test utterances of the class. */
  readonly support: number;
}

/** A test speaker (or fold). */
export interface UnitScores {
  readonly name: string;
  readonly utterances: number;
  /** Averaged over seeds. */
  readonly scores: Scores;
  /** In the order of the seeds done. */
  readonly bySeed: readonly Scores[];
}

/** How one run learned. */
export interface RunCurve {
  readonly fold: string;
  readonly seed: number;
  /** Epoch of the model that was tested. */
  readonly best: number;
  readonly epochs: readonly {
    readonly epoch: number;
    /** Weighted total, in nats. */
    readonly loss: number;
    /** This and the next are NaN if there is no validation. */
    readonly validationLoss: number;
    readonly validationAccuracy: number;
  }[];
}

/** One cell against the baseline, paired by unit. */
export interface CellComparison {
  readonly cell: string;
  readonly baseline: string;
  readonly metric: Metric;
  /** Mean over units of cell minus baseline. */
  readonly difference: number;
  /** The same as a share of the baseline's mean. */
  readonly relative: number;
  /** 95%, by bootstrap over the units; absent if there are too few. */
  readonly interval?: readonly [number, number];
  /** Of the two-sided sign-flip test over the units; absent if there are too few. */
  readonly p?: number;
  /** Units that both have. */
  readonly units: number;
}

/** One recording with the cells' predictions. */
export interface ExampleUtterance {
  readonly path: string;
  readonly truth: string;
  readonly speaker: string;
  readonly seconds: number;
  /** Largest magnitude in equal parts of the recording, 0 to 1. */
  readonly envelope: readonly number[];
  /** Hz of each frame, [T]; 0 where unvoiced. */
  readonly pitch: readonly number[];
  readonly models: readonly ExampleModel[];
}

/** What a cell says of an example of a report. */
export interface ExampleModel {
  readonly cell: string;
  readonly label: string;
  /** Probability by emotion. */
  readonly scores: Readonly<Record<string, number>>;
  /** Pooling weight of each frame, [T]. */
  readonly attention: readonly number[];
  /** Only for learned weights: which past states are combined. */
  readonly combination?: readonly CombinationWeights[];
}

/** Weights of the states that one direction of a recurrent layer combined. */
export interface CombinationWeights {
  /** Name of the layer, as its parameters begin; absent in older results. */
  readonly layer?: string;
  /** Frames that a step stands for; absent in older results. */
  readonly framesPerStep?: number;
  readonly direction: 'forward' | 'backward';
  /** Steps back of each column. */
  readonly offsets: readonly number[];
  /** Frames at which states were combined, in order of time, N of them. */
  readonly frames: readonly number[];
  /** [N, offsets] of the cell state (absent for a GRU) and of the output; a row sums to 1. */
  readonly cell?: readonly (readonly number[])[];
  readonly output: readonly (readonly number[])[];
}
