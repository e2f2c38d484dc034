import { type NormalisationScope, normaliseUtterance } from '../features/normalise.js';
import type { FeatureSet } from '../features/sets/feature-set.js';

/** Longest window. */
const MOST_SECONDS = 30;

/** The properties of a feature set that windows depend on. */
export type WindowedSet = Pick<FeatureSet, 'rate' | 'frames' | 'dimensions'>;

/** Most frames of a window: 30 s. */
export function mostFrames(set: WindowedSet): number {
  return Math.max(1, set.frames(MOST_SECONDS * set.rate));
}

/** A part of an utterance that the network processes on its own. */
export interface Window {
  /** Index of the utterance. */
  readonly utterance: number;
  /** First frame in the utterance. */
  readonly first: number;
  readonly frames: number;
}

/**
 * Splits an utterance into the fewest windows of at most 30 s, of equal length (up to one frame) and
 * without overlap: each frame is in exactly one window, and no window is too short to be useful. If the model
 * trims recordings, the frames are those that are kept: pauses at the ends of the windows stay in.
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
 * Features of a window, [frames, F]. For a model that normalises by utterance, a window counts as one: it is
 * normalised over itself, with the same result whether or not the whole was normalised before. Features
 * normalised over more than the utterance are unchanged.
 *
 * @param normalised features of the whole utterance, [T, F]; returned unchanged if the window is the whole
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
