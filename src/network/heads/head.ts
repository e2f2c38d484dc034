import type { HeadConfig } from '../../core/config.js';
import type { Dtype, Tensor } from '../../graph/types.js';
import type { NetworkContext } from '../context.js';

/** Values of a task's targets, one per utterance. */
export type Targets = Int32Array | Float32Array;

/**
 * What a head's outputs and targets mean: the last layer's outputs, the loss, and how the host uses both.
 * The layers before (hidden and output) are the same for all kinds.
 */
export interface HeadKind {
  /** Number of outputs. */
  readonly outputs: (head: HeadConfig) => number;
  /** How targets are stored on the device. */
  readonly target: Extract<Dtype, 'i32' | 'f32'>;
  /** The target of an utterance without a label. */
  readonly unlabelled: number;
  /** Why a target is not valid; undefined if it is. */
  readonly targetProblem: (head: HeadConfig, target: number) => string | undefined;
  /** Weight of a labelled utterance in the mean of the loss. */
  readonly weightOf: (head: HeadConfig, target: number) => number;
  /** Inputs besides logits and targets that are constant during training, by the name of their tensor. */
  readonly constants: (head: HeadConfig) => Readonly<Record<string, Float32Array<ArrayBuffer>>>;
  /** Adds the passes for the loss, accumulated in its slot, and for its gradient d_logits. */
  loss(net: NetworkContext, pass: LossPass): void;
  /** Adds the passes for the outputs of inference besides the logits. */
  answer(net: NetworkContext, head: HeadConfig, logits: Tensor, stride: number): void;
}

/** A head's loss in a graph. */
export interface LossPass {
  readonly head: HeadConfig;
  /** Slot of the loss, and number of the scalar `inverse_norm_<index>`. */
  readonly index: number;
  /** [utterances, stride] */
  readonly logits: Tensor;
  readonly targets: Tensor;
  readonly dLogits: Tensor;
  readonly stride: number;
}
