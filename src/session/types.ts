import type { HostTensor } from '../core/tensor.js';
import type { Targets } from '../network/heads/head.js';

/** Named tensors on the host; the names and shapes of parameters are SPEC's (PyTorch's: out x in). */
export type Tensors = Readonly<Record<string, HostTensor>>;

/** Utterances without padding: their frames stand one after the other. */
export interface FrameBatch {
  /** Normalised frames of all utterances, [sum of lengths, F]. */
  readonly features: Float32Array;
  /** Valid frames of each utterance, [B], each at least 1. */
  readonly lengths: Int32Array;
}

/** A batch with what training needs beside the frames. */
export interface TrainingBatch extends FrameBatch {
  /** Identity of each utterance in its data set, [B]: dropout bits depend on it, not on the row. */
  readonly utterances: Uint32Array;
  /** Target of each utterance by task, [B]: its class, -1 where unlabelled. A missing task counts as unlabelled. */
  readonly targets: Readonly<Record<string, Targets>>;
}

/** What the network says of a batch. */
export interface Inference {
  /** By task, [B, C] softmax probabilities. */
  readonly probabilities: Readonly<Record<string, Float32Array>>;
  /** By task, [B, C]. */
  readonly logits: Readonly<Record<string, Float32Array>>;
  /** Pooling weights of each utterance, [T]; 1/T each where pooling is the mean. */
  readonly attention: readonly Float32Array[];
  /** [B, D] output of the pooling. */
  readonly pooled: Float32Array;
}

/** What one direction of a recurrent layer did with an utterance of T steps. */
export interface DirectionTrace {
  /** Name of the layer, as its parameters begin. */
  readonly layer: string;
  readonly direction: 'forward' | 'backward';
  /** Frames that a step stands for: 1 where nothing is subsampled before the layer. */
  readonly framesPerStep: number;
  /** Steps at which states were combined, in order of time, [N]; none of a plain LSTM or GRU. */
  readonly frames: Int32Array;
  /**
   * Weights by which the cell state C was combined, [N, K] in the order of the model's offsets (steps
   * back, which the backward direction counts in later steps); 0 where a step lies before the start.
   * Absent of a GRU, which has no C.
   */
  readonly cell?: Float32Array;
  /** The same of the output h, [N, K]. */
  readonly output: Float32Array;
  /** Means over the units of the gates' magnitudes at each step, [T, gates]: i, f, |g|, o, or r, z, |n|. */
  readonly gates: Float32Array;
}

/** What the network says of a batch, and what its recurrent layers did on the way. */
export interface Inspection extends Inference {
  /** By utterance: of each recurrent layer in order the forward direction, then the backward one where there is one. */
  readonly recurrence: readonly (readonly DirectionTrace[])[];
}

/** Mean losses over the steps since they were last taken. */
export interface LossSummary {
  readonly steps: number;
  /** `stepCount` when they were taken. */
  readonly step: number;
  /** Steps without a loss: it was not finite, or updates are held. The means are of the others, NaN of none. */
  readonly lossless: number;
  /** Mean over the steps of the weighted total. */
  readonly total: number;
  /** Mean over the steps of each task's unweighted loss. */
  readonly tasks: Readonly<Record<string, number>>;
  /** Mean over the updates made of the gradient's global norm before clipping. */
  readonly gradientNorm: number;
  /** Updates that the GPU left out because loss or gradient was not finite, or as updates are held. */
  readonly skipped: number;
  /**
   * Those of them that are faults, as `stepCount` counts: a loss that is not finite, or a gradient where
   * half precision's loss scale is not to blame. Told of the first 24 updates of a reading.
   */
  readonly faults: readonly number[];
}

/** Everything that makes training go on to the same bits. */
export interface TrainingState {
  /** Optimiser steps taken so far. */
  readonly step: number;
  readonly parameters: Tensors;
  /** Moments by name: `<slot>/<parameter>`, in the parameters' shapes. */
  readonly optimizer: Tensors;
  /** Loss scale, and steps since it changed (1 and 0 in single precision); updates left out, default 0. */
  readonly lossScale?: readonly [scale: number, steps: number, skipped?: number];
}
