import type { HeadConfig } from '../../core/config.js';
import type { Dtype, Tensor } from '../../graph/types.js';
import type { NetworkContext } from '../context.js';

/** Values of a task's targets, one an utterance. */
export type Targets = Int32Array | Float32Array;

/**
 * What a head's output and targets mean: the last layer's outputs, the loss, and what becomes of both on the host.
 * The layers before (hidden and output) are the same for all.
 */
export interface HeadKind {
  /** Values of the output layer. */
  readonly outputs: (head: HeadConfig) => number;
  /** How targets are stored on the device. */
  readonly target: Extract<Dtype, 'i32' | 'f32'>;
  /** The target of an utterance without a label. */
  readonly unlabelled: number;
  /** What keeps a target from being one; undefined where nothing does. */
  readonly targetProblem: (head: HeadConfig, target: number) => string | undefined;
  /** What each labelled utterance counts in the mean of the loss. */
  readonly weightOf: (head: HeadConfig, target: number) => number;
  /** Inputs beside logits and targets that stay for a whole training, by the name of their tensor. */
  readonly constants: (head: HeadConfig) => Readonly<Record<string, Float32Array<ArrayBuffer>>>;
  /** Adds the loss, accumulated in its slot, and its gradient d_logits. */
  loss(net: NetworkContext, pass: LossPass): void;
  /** Adds what inference says beside the logits. */
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
