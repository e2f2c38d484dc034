import type { HeadConfig } from '../../core/config.js';
import type { Dtype, Tensor } from '../../graph/types.js';
import type { Evaluation } from '../../metrics/metrics.js';
import type { RegressionEvaluation } from '../../metrics/regression.js';
import type { NetworkContext } from '../context.js';

/** Values of a task's targets, one per utterance. */
export type Targets = Int32Array | Float32Array;

/** Scores of a head: of classes or of numbers. */
export type HeadEvaluation = Evaluation | RegressionEvaluation;

/**
 * What a head's output and targets mean: targets, loss on the device and on the host, and score.
 * The layers before (hidden and output) are the same for all.
 */
export interface HeadKind<H extends HeadConfig = HeadConfig> {
  /**
   * How targets are stored on the device: classes as i32; numbers as the bits of f32, in u32, because a shader may
   * assume that no f32 is NaN.
   */
  readonly target: Extract<Dtype, 'i32' | 'u32'>;
  /** The target of an utterance without a label, and whether a target says anything. */
  readonly unlabelled: number;
  readonly isLabelled: (target: number) => boolean;
  /** What keeps a target from being one; undefined where nothing does. */
  readonly targetProblem: (head: H, target: number) => string | undefined;
  /** Weight of an utterance in the mean of the loss; 0 where unlabelled. */
  readonly weightOf: (head: H, target: number) => number;
  /** Inputs besides logits and targets that are constant during training, by the name of their tensor. */
  readonly constants: (head: H) => Readonly<Record<string, Float32Array<ArrayBuffer>>>;
  /**
   * Adds the passes that have to see all labelled rows of a batch before the first gradient is computed: the
   * statistics of a loss that is not a mean over rows. A batch split into microbatches runs them first.
   */
  gather?(net: NetworkContext, pass: Omit<LossPass<H>, 'dLogits'>): void;
  /** Adds the passes for the loss, accumulated in its slot, and for its gradient d_logits. */
  loss(net: NetworkContext, pass: LossPass<H>): void;
  /** Adds the passes for the outputs of inference besides the logits. */
  answer(net: NetworkContext, head: H, logits: Tensor, at: LogitColumns): void;
  /**
   * The loss of the labelled utterances on the host, in float64; 0 where there are none.
   *
   * @param logits of each utterance, [C] each
   */
  readonly hostLoss: (truth: HeadTruth<H>, logits: readonly Float64Array[]) => number;
  /**
   * Scores of the labelled utterances.
   *
   * @param answers of each utterance: its classes' probabilities, [C], or its number, [1]
   * @throws UsageError where none is labelled
   */
  readonly evaluate: (truth: HeadTruth<H>, answers: readonly Float64Array[]) => HeadEvaluation;
}

/** What a head's answers to N utterances are held against, and what they are called. */
export interface HeadTruth<H extends HeadConfig = HeadConfig> {
  readonly head: H;
  /** Of each utterance, [N]. */
  readonly targets: Targets;
  /** Name of each class, [C]; none where it predicts a number. */
  readonly labels: readonly string[];
}

/** A head's columns of all heads' logits: uniforms of the kernels that read them. */
export interface LogitColumns {
  /** Columns of all heads. */
  readonly stride: number;
  /** The head's first, and how many it has, a multiple of 4: those past its outputs are zero. */
  readonly first: number;
  readonly columns: number;
}

/** A head's loss in a graph. */
export interface LossPass<H extends HeadConfig = HeadConfig> {
  readonly head: H;
  /** Slot of the loss, and number of the scalars `inverse_norm_<index>` and `target_mean_<index>`. */
  readonly index: number;
  /** Of all heads, [utterances, stride]. */
  readonly logits: Tensor;
  readonly targets: Tensor;
  readonly dLogits: Tensor;
  readonly at: LogitColumns;
}
