import type { HeadConfig } from '../core/config.js';
import type { Targets } from '../data/dataset.js';
import { largest } from '../inference/answer.js';
import { crossEntropy } from './loss.js';
import { evaluate, type Evaluation } from './metrics.js';

/** What a head's answers to N utterances are held against, and what they are called. */
export interface HeadTruth {
  readonly head: HeadConfig;
  /** Of each utterance, [N]. */
  readonly targets: Targets;
  /** Name of each class, [C]. */
  readonly labels: readonly string[];
}

/** How a head is scored: all that depends on the kind of its loss. */
export interface HeadScoring {
  /** Whether a target says anything. */
  readonly isLabelled: (target: number) => boolean;
  /** What stands for no label. */
  readonly unlabelled: number;
  /**
   * Mean loss over the labelled utterances, in float64; 0 where there are none.
   *
   * @param logits of each utterance, [C] each
   */
  readonly loss: (truth: HeadTruth, logits: readonly Float64Array[]) => number;
  /**
   * Scores of the labelled utterances.
   *
   * @param probabilities of each utterance, [C] each
   * @throws UsageError where none is labelled
   */
  readonly evaluate: (truth: HeadTruth, probabilities: readonly Float64Array[]) => Evaluation;
}

/** One of C classes. The prediction is the class of the highest probability, the first of several. */
const ofCrossEntropy: HeadScoring = {
  isLabelled: (target) => target !== -1,
  unlabelled: -1,
  loss: ({ head, targets }, logits) => {
    const all = new Float64Array(logits.length * head.classes);
    logits.forEach((own, i) => all.set(own, i * head.classes));
    return crossEntropy(head, all, targets);
  },
  evaluate: ({ targets, labels }, probabilities) =>
    evaluate(targets, probabilities.map(largest), labels),
};

/** By the kind of a head's loss. */
const scorings = { 'cross-entropy': ofCrossEntropy } as const;

/** How a head is scored; the loss of every head is of one kind. */
export const scoringOf: (head: HeadConfig) => HeadScoring = () => scorings['cross-entropy'];
