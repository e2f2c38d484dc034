import { largest } from '../metrics/metrics.js';
import { concatenate } from '../core/concatenate.js';
import type { ModelConfig } from '../core/config.js';
import { isRegression, outputsOf } from '../core/heads.js';
import { readAhead } from '../core/read-ahead.js';
import type { FrameBatch, Inference } from '../session/types.js';
import type { NormalisationScope } from '../features/normalise.js';
import type { FeatureRows } from '../features/rows.js';
import { windowFeatures, windowsOf, type Window, type WindowedSet } from './windows.js';

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

/** Limits of what is predicted at once, to save memory. A single window always is. */
export interface AnswerLimits {
  readonly windows: number;
  readonly frames: number;
}

const usualLimits: AnswerLimits = { windows: 64, frames: 16_384 };

export interface AnswerOptions {
  /** The feature set. */
  readonly featureSet: WindowedSet;
  /** Over which frames the model normalises the features. */
  readonly scope: NormalisationScope;
  readonly limits?: AnswerLimits;
  /** Whether to keep the pooling weights. Default: yes. */
  readonly attention?: boolean;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/**
 * Runs a network on utterances of any length. One over 30 s is split into windows (`windowsOf`), each
 * normalised as an utterance if the model normalises by utterance; their probabilities are averaged, weighted
 * by their frames, and so are the attention weights. Used by prediction, validation and evaluation.
 *
 * @param utterances their normalised features, [T, F], read as they are needed; each window is given the
 *   functionals of its whole utterance
 * @param predict of a session: windows of like length come together, the longest first
 * @returns one answer each, in their order; not finite where the network's is not
 */
export async function answer(
  { heads }: ModelConfig,
  utterances: FeatureRows,
  predict: (batch: FrameBatch) => Promise<Inference>,
  { featureSet: set, scope, limits = usualLimits, attention = true, onProgress }: AnswerOptions,
): Promise<Answer[]> {
  const lengths = Array.from(utterances.lengths);
  const answers = lengths.map((frames) => ({
    probabilities: heads.map((head) => new Float64Array(outputsOf(head))),
    logits: heads.map((head) =>
      new Float64Array(outputsOf(head)).fill(isRegression(head) ? 0 : -Infinity),
    ),
    attention: new Float32Array(attention ? frames : 0),
  }));
  const windows = lengths.flatMap((frames, i) => windowsOf(i, frames, set));
  let done = 0;
  const read = async (batch: readonly Window[]): Promise<Float32Array[]> => {
    const rows = [...new Set(batch.map(({ utterance }) => utterance))];
    const found = await utterances.read(rows);
    const features = new Map(rows.map((row, i) => [row, found[i]!]));
    return batch.map((window) =>
      windowFeatures(features.get(window.utterance)!, window, scope, set),
    );
  };
  for await (const [batch, features] of readAhead(batchesOf(windows, limits), read)) {
    const { functionals } = utterances;
    const result = await predict({
      features: concatenate(Float32Array, features),
      ...(functionals && {
        functionals: concatenate(
          Float32Array,
          batch.map(({ utterance }) => functionals[utterance]!),
        ),
      }),
      lengths: Int32Array.from(batch, ({ frames }) => frames),
    });
    batch.forEach(({ utterance, first, frames }, row) => {
      const own = answers[utterance]!;
      const share = frames / lengths[utterance]!;
      heads.forEach((head, h) => {
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
      if (!attention) return;
      own.attention.set(
        result.attention[row]!.map((weight) => share * weight),
        first,
      );
    });
    onProgress?.((done += batch.length), windows.length);
  }
  return answers;
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

/** Batches windows of similar length, the longest first, so that the memory of the first batch fits the others. */
function batchesOf(windows: readonly Window[], limits: AnswerLimits): Window[][] {
  const batches: Window[][] = [];
  let frames = 0;
  for (const window of [...windows].sort((a, b) => b.frames - a.frames)) {
    const batch = batches.at(-1);
    if (batch && batch.length < limits.windows && frames + window.frames <= limits.frames) {
      batch.push(window);
      frames += window.frames;
    } else {
      batches.push([window]);
      frames = window.frames;
    }
  }
  return batches;
}
