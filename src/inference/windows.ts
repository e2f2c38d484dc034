import { type NormalisationScope, normaliseUtterance } from '../features/normalise.js';
import type { FeatureSet } from '../features/sets/feature-set.js';

/** Longest stretch that a network takes at once. */
const MOST_SECONDS = 30;

/** What windows are cut by. */
export type WindowedSet = Pick<FeatureSet, 'rate' | 'frames' | 'dimensions'>;

/** Most frames of a window: 30 s. */
export function mostFrames(set: WindowedSet): number {
  return Math.max(1, set.frames(MOST_SECONDS * set.rate));
}

/** A stretch of an utterance that the network takes as if it were the whole. */
export interface Window {
  /** Index of the utterance. */
  readonly utterance: number;
  /** First frame in the utterance. */
  readonly first: number;
  readonly frames: number;
}

/**
 * Cuts an utterance into the fewest windows of at most 30 s, of one length (give or take a frame) and
 * without overlap: each frame is in one window, and none is so short that it says nothing.
 */
export function windowsOf(utterance: number, frames: number, set: WindowedSet): Window[] {
  const count = Math.ceil(frames / mostFrames(set));
  const begin = (i: number): number => Math.floor((i * frames) / count);
  return Array.from({ length: count }, (_, i) => ({
    utterance,
    first: begin(i),
    frames: begin(i + 1) - begin(i),
  }));
}

/**
 * Features of a window, [frames, F]. A model that normalises by utterance takes a window for one: it is
 * normalised over itself, for which it does not matter whether the whole was normalised before. What was
 * normalised over more than the utterance stays as it is.
 *
 * @param normalised features of the whole utterance, [T, F]; a window that is the whole is taken as it is
 */
export function windowFeatures(
  normalised: Float32Array,
  { first, frames }: Window,
  scope: NormalisationScope,
  { dimensions }: WindowedSet,
): Float32Array {
  if (frames * dimensions === normalised.length) return normalised;
  const from = first * dimensions;
  const own = normalised.subarray(from, from + frames * dimensions);
  return scope === 'utterance' ? normaliseUtterance(own, dimensions) : own;
}
