import type { HeadConfig } from '../../core/config.js';
import type { Dtype, Tensor } from '../../graph/types.js';
import type { Evaluation } from '../../metrics/metrics.js';
import type { NetworkContext } from '../context.js';

/** Values of a task's targets, one per utterance. */
export type Targets = Int32Array | Float32Array;

/**
 * What a head's output and targets mean: targets, loss on the device and on the host, and score.
 * The layers before (hidden and output) are the same for all.
 */
export interface HeadKind {
  /** Number of outputs. */
  readonly outputs: (head: HeadConfig) => number;
  /** How targets are stored on the device. */
  readonly target: Extract<Dtype, 'i32' | 'f32'>;
  /** The target of an utterance without a label, and whether a target says anything. */
  readonly unlabelled: number;
  readonly isLabelled: (target: number) => boolean;
  /** What keeps a target from being one; undefined where nothing does. */
  readonly targetProblem: (head: HeadConfig, target: number) => string | undefined;
  /** Weight of a labelled utterance in the mean of the loss. */
  readonly weightOf: (head: HeadConfig, target: number) => number;
  /** Inputs besides logits and targets that are constant during training, by the name of their tensor. */
  readonly constants: (head: HeadConfig) => Readonly<Record<string, Float32Array<ArrayBuffer>>>;
  /** Adds the passes for the loss, accumulated in its slot, and for its gradient d_logits. */
  loss(net: NetworkContext, pass: LossPass): void;
  /** Adds the passes for the outputs of inference besides the logits. */
  answer(net: NetworkContext, head: HeadConfig, logits: Tensor, stride: number): void;
  /**
   * The mean loss over the labelled utterances on the host, in float64; 0 where there are none.
   *
   * @param logits of each utterance, [C] each
   */
  readonly hostLoss: (truth: HeadTruth, logits: readonly Float64Array[]) => number;
  /**
   * Scores of the labelled utterances.
   *
   * @param probabilities of each utterance, [C] each
   * @throws UsageError where none is labelled
   */
  readonly evaluate: (truth: HeadTruth, probabilities: readonly Float64Array[]) => Evaluation;
}

/** What a head's answers to N utterances are held against, and what they are called. */
export interface HeadTruth {
  readonly head: HeadConfig;
  /** Of each utterance, [N]. */
  readonly targets: Targets;
  /** Name of each class, [C]. */
  readonly labels: readonly string[];
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
