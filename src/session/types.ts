import type { HostTensor } from '../core/tensor.js';
import type { Targets } from '../network/heads/head.js';

/** Named tensors on the host; the names and shapes of parameters are SPEC's (PyTorch's: out x in). */
export type Tensors = Readonly<Record<string, HostTensor>>;

/** Utterances without padding: their frames are concatenated. */
export interface FrameBatch {
  /** Normalised frames of all utterances, [sum of lengths, F]. */
  readonly features: Float32Array;
  /** Valid frames of each utterance, [B], each at least 1. */
  readonly lengths: Int32Array;
  /**
   * Functionals of each utterance, [B, 8F + 1], normalised by speaker: given to a model whose branch for functionals
   * has the scope `functionals`, and to no other.
   */
  readonly functionals?: Float32Array;
}

/** A batch with what training needs besides the frames. */
export interface TrainingBatch extends FrameBatch {
  /** Id of each utterance in its data set, [B]: dropout bits depend on it, not on the row. */
  readonly utterances: Uint32Array;
  /**
   * Target of each utterance by task, [B]: its class, -1 where unlabelled, or its number, NaN where unlabelled. A
   * missing task counts as unlabelled.
   */
  readonly targets: Readonly<Record<string, Targets>>;
}

/** The network's output for a batch. */
export interface Inference {
  /** By task with classes, [B, C] softmax probabilities. */
  readonly probabilities: Readonly<Record<string, Float32Array>>;
  /** By task, [B, C]; of a regression head its number, [B, 1]. */
  readonly logits: Readonly<Record<string, Float32Array>>;
  /** Pooling weights of each utterance, [T]; 1/T each for mean pooling. */
  readonly attention: readonly Float32Array[];
  /** [B, D] output of the pooling. */
  readonly pooled: Float32Array;
}

/** Trace of one direction of a recurrent layer for an utterance of T steps. */
export interface DirectionTrace {
  /** Name of the layer: the prefix of its parameters. */
  readonly layer: string;
  readonly direction: 'forward' | 'backward';
  /** Frames per step: 1 if nothing is subsampled before the layer. */
  readonly framesPerStep: number;
  /** Steps at which states were combined, in order of time, [N]; empty for a plain LSTM or GRU. */
  readonly frames: Int32Array;
  /**
   * Weights with which the cell states C were combined, [N, K] in the order of the model's offsets (steps
   * back; for the backward direction, later steps); 0 for steps before the start.
   * Absent for a GRU, which has no C.
   */
  readonly cell?: Float32Array;
  /** The same for the output h, [N, K]. */
  readonly output: Float32Array;
  /** Mean magnitudes of the gates over the units at each step, [T, gates]: i, f, |g|, o, or r, z, |n|. */
  readonly gates: Float32Array;
}

/** The network's output for a batch, with a trace of its recurrent layers. */
export interface Inspection extends Inference {
  /** By utterance: for each recurrent layer in order, the forward direction, then the backward one if there is one. */
  readonly recurrence: readonly (readonly DirectionTrace[])[];
}

/** Mean losses over the steps since they were last read. */
export interface LossSummary {
  readonly steps: number;
  /** `stepCount` when they were read. */
  readonly step: number;
  /** Steps without a loss: it was not finite, or updates are held. The means are over the others; NaN if there are none. */
  readonly lossless: number;
  /** Mean over the steps of the weighted total. */
  readonly total: number;
  /** Mean over the steps of each task's unweighted loss. */
  readonly tasks: Readonly<Record<string, number>>;
  /** Mean over the applied updates of the gradient's global norm before clipping. */
  readonly gradientNorm: number;
  /** Updates that the GPU skipped because loss or gradient was not finite, or updates are held. */
  readonly skipped: number;
  /**
   * Those of them that are faults, as `stepCount` counts: a loss that is not finite, or a gradient that is not
   * finite for another reason than the loss scale of half precision. Only for the first 24 updates of a reading.
   */
  readonly faults: readonly number[];
}

/** Everything needed to resume training bit-identically. */
export interface TrainingState {
  /** Optimiser steps taken so far. */
  readonly step: number;
  readonly parameters: Tensors;
  /** Moments by name: `<slot>/<parameter>`, in the parameters' shapes. */
  readonly optimizer: Tensors;
  /** The average of the parameters over the updates, if one is kept. */
  readonly average?: Tensors;
  /** Loss scale, and steps since it changed (1 and 0 in single precision); skipped updates, default 0. */
  readonly lossScale?: readonly [scale: number, steps: number, skipped?: number];
}
