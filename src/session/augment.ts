import type { AugmentConfig } from '../core/augment.js';
import type { ModelConfig } from '../core/config.js';
import { threefry2x32 } from '../core/random.js';
import type { Scalars } from '../graph/types.js';
import { augmentNames } from '../network/augment.js';
import type { BatchCapacity } from '../network/time.js';
import type { TrainingBatch } from './types.js';

/** A part of an utterance, and the length that it is stretched to. */
export interface Cut {
  /** Its first frame. */
  readonly first: number;
  /** Its frames. */
  readonly kept: number;
  /** Frames that the network reads. */
  readonly length: number;
}

const WORDS = 2 ** 32;

/** The key of a step's augmentation; dropout's have another counter (0 in place of 1). */
export function augmentStream(seed: number, step: number): readonly [number, number] {
  return threefry2x32(seed, 0, step, 1);
}

/**
 * How a step cuts and stretches an utterance of a length: drawn from the step's stream and the utterance alone.
 * The network's lengths follow from it, so the host draws it; the kernel draws the rest.
 */
export function cutOf(
  { stretch = 0, crop = 0 }: AugmentConfig,
  [key0, key1]: readonly [number, number],
  utterance: number,
  length: number,
): Cut {
  const [speed, share] = threefry2x32(key0, key1, utterance, 0);
  const [start] = threefry2x32(key0, key1, utterance, 1);
  const kept = Math.max(1, Math.round(length * (1 - (crop * share) / WORDS)));
  const first = Math.floor((start * (length - kept + 1)) / WORDS);
  const factor = 1 + stretch * ((2 * speed) / WORDS - 1);
  return { first, kept, length: Math.max(1, Math.round(kept * factor)) };
}

/** What the host draws for a step over a batch. */
export interface AugmentedStep {
  /** By row of the batch. */
  readonly cuts: readonly Cut[];
  /** Frames of each row that memory has to hold: before or after stretching. */
  readonly most: Int32Array;
  /** Scalars of the augmented program that a batch's packing does not give. */
  readonly scalars: Scalars;
}

/** @param step from 0 */
export function augmentStep(
  augment: AugmentConfig,
  seed: number,
  step: number,
  { features }: Pick<ModelConfig, 'features'>,
  { lengths, utterances }: Pick<TrainingBatch, 'lengths' | 'utterances'>,
): AugmentedStep {
  const stream = augmentStream(seed, step);
  const cuts = Array.from(lengths, (length, row) =>
    cutOf(augment, stream, utterances[row] ?? row, length),
  );
  const most = Int32Array.from(cuts, ({ kept, length }) => Math.max(kept, length));
  return { cuts, most, scalars: augmentScalars(augment, features, stream) };
}

/** Rows in the order in which they are packed: the network's tiles need rows of similar length. */
export function longestFirst(rows: readonly number[], cuts: readonly Cut[]): number[] {
  const lengthOf = (row: number): number => cuts[row]?.length ?? 0;
  return rows.toSorted((a, b) => lengthOf(b) - lengthOf(a) || a - b);
}

/** Frames of the cut per frame that the network reads, times 2^31, as the kernel has it. */
export function ratioOf({ kept, length }: Cut): number {
  return Math.min(WORDS - 1, Math.floor((kept * 2 ** 31) / length));
}

function augmentScalars(
  { gain = 0, offset = 0, ...augment }: AugmentConfig,
  features: number,
  [stream0, stream1]: readonly [number, number],
): Scalars {
  const { timeMasks = 0, timeMaskShare = 0, featureMasks = 0, featureMaskShare = 0 } = augment;
  const { functionalNoise = 0, functionalOffset = 0, functionalDropout = 0 } = augment;
  const { functionalMasks = 0, functionalMaskShare = 0 } = augment;
  const names = augmentNames;
  return {
    [names.timeMasks]: timeMasks,
    [names.timeShare]: timeMaskShare,
    [names.featureMasks]: featureMasks,
    [names.featureLimit]: Math.floor(featureMaskShare * features),
    [names.gain]: gain,
    [names.offset]: offset,
    [names.functionalNoise]: functionalNoise,
    [names.functionalOffset]: functionalOffset,
    [names.functionalDropout]: functionalDropout,
    [names.functionalMasks]: functionalMasks,
    [names.functionalLimit]: Math.floor(functionalMaskShare * features),
    [names.stream0]: stream0,
    [names.stream1]: stream1,
  };
}

/** A size that holds a batch of `size` however it is stretched. */
export function stretched(
  { stretch = 0 }: AugmentConfig,
  { frames, utterances, longest }: BatchCapacity,
): BatchCapacity {
  const longer = Math.ceil(longest * (1 + stretch));
  return { frames: Math.ceil(frames * (1 + stretch)) + utterances, utterances, longest: longer };
}
