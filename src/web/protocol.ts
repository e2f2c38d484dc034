/** The messages between page and worker. The worker does everything that takes time. */
import type { Cell } from '../core/cells.js';
import type { CombinationWeights } from '../inference/inspector.js';
import type { Evaluation } from '../metrics/metrics.js';
import type { Confidence } from '../model/confidence.js';
import type { Row } from '../results/row.js';
import type { EpochLog } from '../runs/log.js';

/** A chosen file and its path within what was chosen, with `/`. */
export interface NamedFile {
  readonly path: string;
  readonly file: Blob;
}

export interface DeviceInfo {
  readonly name: string;
  readonly software: boolean;
  readonly timestamps: boolean;
}

export interface ModelInfo {
  readonly cell: Cell;
  readonly units: number;
  /** The layers before the pooling, and what is beside them. */
  readonly layers: readonly string[];
  readonly parameters: number;
  /** Classes of the task shown, emotion or else the first with classes; none if there is none. */
  readonly labels: readonly string[];
  readonly task: string;
  /** Tasks whose predictions are numbers. */
  readonly numbers: readonly string[];
  /** What it was trained on, in a few words. */
  readonly data: string;
  /** The terms of its weights, an SPDX id; absent: not stated. */
  readonly license?: string;
  /** What is known of the voice that it listens to; absent unless it normalises by speaker. */
  readonly voice?: Voice;
}

/** What a model that normalises by speaker knows of a voice. */
export interface Voice {
  readonly recordings: number;
  /** From so many on answers are better. */
  readonly enough: number;
}

/** Probability of each label, in the order of the classes. */
export type Scores = Readonly<Record<string, number>>;

/** Predicted number by regression task. */
export type Numbers = Readonly<Record<string, number>>;

/** What a model predicts for a recording. */
export interface Predicted {
  readonly name: string;
  readonly seconds: number;
  readonly scores: Scores;
  readonly values: Numbers;
  /** Whether the highest score reaches the model's threshold; absent if it has none. */
  readonly sure?: boolean;
  /** As the command line writes it, without the attention. */
  readonly row: Row;
}

/** A model's answer for a recording, with all that is shown of it. */
export interface Heard extends Predicted {
  /** Its threshold, and what was measured with it. */
  readonly confidence?: Confidence;
  /** Recordings of the voice that were known; absent unless the model normalises by speaker. */
  readonly voice?: number;
  /** Largest magnitudes in equal intervals, 0 to 1. */
  readonly outline: readonly number[];
  /** Hz of each frame, 0 if unvoiced, [T]; empty if the model's features have no pitch. */
  readonly pitch: Float32Array;
  /** Pooling weight of each frame, [T]; they sum to 1. */
  readonly attention: Float32Array;
  /** Milliseconds: of decoding and features, of the network. */
  readonly featuresMs: number;
  readonly networkMs: number;
}

/** A model's answer for the last seconds of the microphone. */
export interface HeardWindow {
  readonly scores: Scores;
  readonly values: Numbers;
  /** As in Heard. */
  readonly sure?: boolean;
  readonly confidence?: Confidence;
  /** RMS of the samples. */
  readonly level: number;
  readonly featuresMs: number;
  readonly networkMs: number;
  /** Recordings of the voice that are known, windows of it among them; absent as in ModelInfo. */
  readonly voice?: number;
}

/** One direction of a recurrent layer, over the frames of the recording. */
export interface LookedDirection {
  /** Name of the layer, as its parameters begin. */
  readonly layer: string;
  readonly direction: 'forward' | 'backward';
  readonly gateNames: readonly string[];
  /** Means of the gates' magnitudes, [T, gateNames]. */
  readonly gates: Float32Array;
  /** Absent for plain cells. */
  readonly combination?: Omit<CombinationWeights, 'direction' | 'layer'>;
}

/** What the network does with the last recording. */
export interface Looked {
  readonly name: string;
  readonly seconds: number;
  readonly frames: number;
  readonly cell: Cell;
  readonly featureNames: readonly string[];
  /** As the network takes them, [T, features]. */
  readonly features: Float32Array;
  readonly attention: Float32Array;
  readonly directions: readonly LookedDirection[];
}

export interface DataSummary {
  readonly recordings: number;
  /** Recordings by label. */
  readonly labels: Readonly<Record<string, number>>;
  /** What is skipped, one line each. */
  readonly notes: readonly string[];
}

export interface TrainSettings {
  readonly cell: Cell;
  readonly units: number;
  /** Stacked recurrent layers. */
  readonly recurrentLayers: number;
  /** Frames that become one before the input layer. */
  readonly subsample: number;
  readonly epochs: number;
  readonly batch: number;
  readonly learningRate: number;
}

/** The training run stored on this device. */
export interface Kept {
  readonly data: DataSummary;
  readonly settings: TrainSettings | undefined;
  readonly log: readonly EpochLog[];
  /** It has reached its end. */
  readonly done: boolean;
}

export interface TrainResult {
  readonly stopped: 'epochs' | 'early' | 'interrupted';
  readonly log: readonly EpochLog[];
  readonly bestEpoch: number | undefined;
  /** Of the best model on the validation set; undefined if no epoch is done. */
  readonly evaluation: Evaluation | undefined;
}

export interface MeasureSettings {
  readonly cell: Cell;
  readonly batch: number;
  readonly frames: number;
  readonly units: number;
  readonly frontendUnits: number;
  /** How long each test runs. */
  readonly seconds: number;
}

export interface PassRow {
  readonly name: string;
  readonly ms: number;
  readonly gflops: number;
  readonly gbPerSecond: number;
}

export interface Measured {
  readonly adapter: string;
  readonly driver: string;
  readonly version: string;
  readonly date: string;
  readonly shape: MeasureSettings;
  readonly trainStep: {
    readonly ms: number;
    readonly framesPerSecond: number;
    readonly steps: number;
  };
  readonly inference: {
    readonly ms: number;
    readonly framesPerSecond: number;
    /** One utterance of three seconds. */
    readonly latencyMs: number;
    readonly latencyP95: number;
  };
  /** Absent where the adapter has no timestamps. */
  readonly passes?: readonly PassRow[];
}

/** The worker's functions: what each takes and returns. */
export interface Calls {
  open: (options: Record<string, never>) => DeviceInfo;
  /**
   * One that comes with the page, by the address of its folder; of files that were chosen; or the one trained here. What
   * is known of the voice is kept if the new model takes the same features.
   */
  loadModel: (
    from:
      | { readonly shipped: string }
      | { readonly files: readonly NamedFile[] }
      | { readonly trained: true },
  ) => ModelInfo;
  /** `alone`: of another voice than the one that is known. */
  hear: (recording: { name: string; file: Blob; alone?: boolean }) => Heard;
  /** One of several: as `hear`, but Look keeps the recording that it has. */
  predict: (recording: { name: string; file: Blob }) => Predicted;
  /** A table of rows, as the command line writes it of the model that is loaded. */
  csvOf: (table: { rows: readonly Row[] }) => string;
  /**
   * `first`: the microphone was just opened. `whole`: a full window that shares no sound with another that was whole, so
   * that it adds to what is known of the voice.
   */
  hearWindow: (window: {
    samples: Float32Array;
    rate: number;
    first: boolean;
    whole: boolean;
  }) => HeardWindow;
  /** Adds recordings to what is known of the voice. `skipped`: what cannot be used, one line each. */
  enrol: (voice: {
    files: readonly NamedFile[];
  }) => Voice & { readonly skipped: readonly string[] };
  forgetVoice: (options: Record<string, never>) => Voice;
  look: (options: Record<string, never>) => Looked;
  kept: (options: Record<string, never>) => Kept | undefined;
  forget: (options: Record<string, never>) => void;
  takeData: (data: { files: readonly NamedFile[] }) => DataSummary;
  train: (options: { settings?: TrainSettings; resume: boolean }) => TrainResult;
  pause: (options: Record<string, never>) => void;
  /** Files of the best model, by name. */
  trainedModel: (options: Record<string, never>) => Readonly<Record<string, Uint8Array>>;
  measure: (settings: MeasureSettings) => Measured;
}

export type CallName = keyof Calls;
export type Argument<N extends CallName> = Parameters<Calls[N]>[0];
export type Result<N extends CallName> = ReturnType<Calls[N]>;

/** What the worker reports without being asked. */
export type WorkerEvent =
  | {
      readonly kind: 'progress';
      readonly of: 'data' | 'features';
      readonly done: number;
      readonly total: number;
    }
  | {
      readonly kind: 'progress';
      readonly of: 'measure';
      /** What is timed now. */
      readonly note: 'training' | 'inference' | 'passes';
      readonly done: number;
      readonly total: number;
    }
  | {
      readonly kind: 'step';
      readonly step: number;
      readonly epoch: number;
      readonly epochs: number;
      readonly share: number;
      readonly loss: number;
      readonly framesPerSecond: number;
    }
  | { readonly kind: 'epoch'; readonly log: EpochLog }
  /** A stored run goes on, with the epochs that it has now: another tab may have trained since this one looked. */
  | { readonly kind: 'resumed'; readonly epochs: number; readonly log: readonly EpochLog[] }
  /** Of the best model so far on the validation set, during training. */
  | { readonly kind: 'evaluation'; readonly evaluation: Evaluation }
  | { readonly kind: 'note'; readonly line: string };

export interface Problem {
  readonly name: string;
  readonly message: string;
  readonly hint: string;
}

export interface Request {
  readonly id: number;
  readonly name: CallName;
  readonly argument: unknown;
}

export type Reply =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly problem: Problem }
  | { readonly event: WorkerEvent };
