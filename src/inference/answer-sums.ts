import type { ModelConfig } from '../core/config.js';
import { isRegression, outputsOf } from '../core/heads.js';
import { largest } from '../metrics/metrics.js';
import type { Inference } from '../session/types.js';

/** A model's output for an utterance, over all of its windows. */
export interface Answer {
  /**
   * By head: probability of each class, [C], or of a regression head its number, [1]; the mean over the windows,
   * weighted by their frames.
   */
  readonly probabilities: readonly Float64Array[];
  /**
   * By head, [C]: logits whose softmax is the probabilities, for a loss: the network's own if there is
   * one window, else the logarithm of the probabilities. Exact even if a probability underflows. Of a
   * regression head its number, [1].
   */
  readonly logits: readonly Float64Array[];
  /** Pooling weight of each frame, [T]; they sum to 1. Empty where they were not asked for. */
  readonly attention: Float32Array;
}

/** Puts the outputs of windows together: means, weighted by their frames. */
export class AnswerSums {
  readonly answers: readonly Answer[];

  /**
   * @param lengths frames of each utterance
   * @param attention whether to keep the pooling weights
   */
  constructor(
    private readonly heads: ModelConfig['heads'],
    private readonly lengths: readonly number[],
    private readonly attention: boolean,
  ) {
    this.answers = lengths.map((frames) => ({
      probabilities: heads.map((head) => new Float64Array(outputsOf(head))),
      logits: heads.map((head) =>
        new Float64Array(outputsOf(head)).fill(isRegression(head) ? 0 : -Infinity),
      ),
      attention: new Float32Array(attention ? frames : 0),
    }));
  }

  /**
   * Adds a window.
   *
   * @param window its utterance, and its frames there
   * @param row of the result
   */
  add(
    { utterance, first, frames }: { utterance: number; first: number; frames: number },
    result: Inference,
    row: number,
  ): void {
    const own = this.answers[utterance]!;
    const share = frames / this.lengths[utterance]!;
    this.heads.forEach((head, h) => {
      const C = outputsOf(head);
      const of = (values: Readonly<Record<string, Float32Array>>): Float32Array =>
        values[head.task]!.subarray(row * C, (row + 1) * C);
      if (isRegression(head)) {
        const [value = NaN] = of(result.logits);
        for (const sums of [own.probabilities[h]!, own.logits[h]!]) sums[0]! += share * value;
        return;
      }
      of(result.probabilities).forEach((p, c) => (own.probabilities[h]![c]! += share * p));
      addLogits(own.logits[h]!, of(result.logits), share);
    });
    if (!this.attention) return;
    own.attention.set(
      result.attention[row]!.map((weight) => share * weight),
      first,
    );
  }
}

/** Adds a window's share to the logarithm of the sum; a window that is the whole stays as it is. */
function addLogits(sums: Float64Array, logits: Float32Array, share: number): void {
  if (share === 1) {
    sums.set(logits);
    return;
  }
  const total = logSumExp(logits);
  logits.forEach((x, c) => {
    sums[c] = logSumExp([sums[c]!, Math.log(share) + x - total]);
  });
}

/** log(sum of exp(x)), without overflow. */
function logSumExp(values: ArrayLike<number>): number {
  const most = values[largest(values)]!;
  if (most === -Infinity) return most;
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += Math.exp(values[i]! - most);
  return most + Math.log(sum);
}
