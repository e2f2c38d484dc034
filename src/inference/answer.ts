import { concatenate } from '../core/concatenate.js';
import type { ModelConfig } from '../core/config.js';
import { readAhead } from '../core/read-ahead.js';
import type { FrameBatch, Inference } from '../session/types.js';
import type { NormalisationScope } from '../features/normalise.js';
import type { FeatureRows } from '../features/rows.js';
import { type Answer, AnswerSums } from './answer-sums.js';
import { windowFeatures, windowsOf, type Window, type WindowedSet } from './windows.js';

/** Limits of what is predicted at once, to save memory. A single window always is. */
export interface AnswerLimits {
  readonly windows: number;
  readonly frames: number;
}

export const usualLimits: AnswerLimits = { windows: 64, frames: 16_384 };

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
  const sums = new AnswerSums(heads, lengths, attention);
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
    batch.forEach((window, row) => sums.add(window, result, row));
    onProgress?.((done += batch.length), windows.length);
  }
  return [...sums.answers];
}

/** Batches windows of similar length, the longest first, so that the memory of the first batch fits the others. */
export function batchesOf(windows: readonly Window[], limits: AnswerLimits): Window[][] {
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
