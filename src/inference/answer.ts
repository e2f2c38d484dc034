import { concatenate } from '../core/concatenate.js';
import type { ModelConfig } from '../core/config.js';
import type { FrameBatch, Inference } from '../session/types.js';
import type { NormalisationScope } from '../features/normalise.js';
import { windowFeatures, windowsOf, type Window, type WindowedSet } from './windows.js';

/** A model's output for an utterance, over all of its windows. */
export interface Answer {
  /** By head: probability of each class, [C]; the mean over the windows, weighted by their frames. */
  readonly probabilities: readonly Float64Array[];
  /**
   * By head, [C]: logits whose softmax is the probabilities, for a loss: the network's own if there is
   * one window, else the logarithm of the probabilities. Exact even if a probability underflows.
   */
  readonly logits: readonly Float64Array[];
  /** Pooling weight of each frame, [T]; they sum to 1. */
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
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/**
 * Runs a network on utterances of any length. One over 30 s is split into windows (`windowsOf`), each
 * normalised as an utterance if the model normalises by utterance; their probabilities are averaged, weighted
 * by their frames, and so are the attention weights. Used by prediction, validation and evaluation.
 *
 * @param normalised features of each utterance, [T, F]
 * @param predict of a session: windows of similar length are batched, the longest first
 * @returns one answer each, in order; not finite if the network's output is not
 */
export async function answer(
  { heads }: ModelConfig,
  normalised: readonly Float32Array[],
  predict: (batch: FrameBatch) => Promise<Inference>,
  { featureSet: set, scope, limits = usualLimits, onProgress }: AnswerOptions,
): Promise<Answer[]> {
  const answers = normalised.map(({ length }) => ({
    probabilities: heads.map(({ classes }) => new Float64Array(classes)),
    logits: heads.map(({ classes }) => new Float64Array(classes).fill(-Infinity)),
    attention: new Float32Array(length / set.dimensions),
  }));
  const windows = answers.flatMap(({ attention }, i) => windowsOf(i, attention.length, set));
  let done = 0;
  for (const batch of batchesOf(windows, limits)) {
    const features = batch.map((w) => windowFeatures(normalised[w.utterance]!, w, scope, set));
    const result = await predict({
      features: concatenate(Float32Array, features),
      lengths: Int32Array.from(batch, ({ frames }) => frames),
    });
    batch.forEach(({ utterance, first, frames }, row) => {
      const own = answers[utterance]!;
      const share = frames / own.attention.length;
      heads.forEach(({ task, classes: C }, h) => {
        const of = (values: Readonly<Record<string, Float32Array>>): Float32Array =>
          values[task]!.subarray(row * C, (row + 1) * C);
        of(result.probabilities).forEach((p, c) => (own.probabilities[h]![c]! += share * p));
        addLogits(own.logits[h]!, of(result.logits), share);
      });
      own.attention.set(
        result.attention[row]!.map((weight) => share * weight),
        first,
      );
    });
    onProgress?.((done += batch.length), windows.length);
  }
  return answers;
}

/** Class of the largest value; the first if there are several. */
export function largest(values: ArrayLike<number>): number {
  let best = 0;
  for (let c = 1; c < values.length; c++) if (values[c]! > values[best]!) best = c;
  return best;
}

/** Adds a window's share to the logarithm of the sum; a single window is unchanged. */
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
