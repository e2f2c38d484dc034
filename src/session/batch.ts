import type { ModelConfig } from '../core/config.js';
import { ConfigError } from '../core/errors.js';
import type { Scalars } from '../graph/types.js';
import { augmentNames } from '../network/augment.js';
import { headKindOf } from '../network/heads/index.js';
import { timeAxes } from '../network/layers/index.js';
import { functionalCount } from '../core/functionals.js';
import { FUNCTIONALS } from '../network/functionals.js';
import { axisNames, type BatchCapacity } from '../network/time.js';
import { pad4 } from '../kernels/descriptor.js';
import { ratioOf, type Cut } from './augment.js';
import type { FrameBatch, TrainingBatch } from './types.js';

/** A batch as the kernels read it, rows sorted by length so that a tile has rows of similar length. */
export interface PackedBatch {
  readonly size: BatchCapacity;
  /** Scalars from which a graph's uniforms are computed. */
  readonly scalars: Scalars;
  /** Caller's row of each packed row. */
  readonly rows: readonly number[];
  /** By time axis: frames that a step stands for. */
  readonly axes: readonly number[];
  /** By time axis: [utterances, 2], first step and length of each packed row. */
  readonly sequences: readonly Uint32Array[];
  /**
   * Inputs of the network's graphs, by the name of the tensor: `features` [frames, padded F],
   * `row_positions` [utterances, 4], `functionals` [utterances, padded 8F + 1] if the model takes them, and of
   * each time axis its positions [steps, 4] and sequences; of an augmented batch `augment_sources`
   * [utterances, 4], where `features` are the frames before it.
   */
  readonly inputs: Readonly<Record<string, Float32Array | Uint32Array>>;
}

/** Checks a batch against the model; throws a ConfigError that names the wrong row. */
export function checkBatch(model: ModelConfig, batch: FrameBatch): void {
  const { features, lengths, functionals } = batch;
  if (lengths.length === 0) throw new ConfigError('the batch has no utterances');
  let frames = 0;
  lengths.forEach((length, row) => {
    if (length < 1) throw new ConfigError(`utterance ${row} of the batch has ${length} frames`);
    frames += length;
  });
  if (features.length !== frames * model.features) {
    throw new ConfigError(
      `the batch has ${features.length} feature values, but its lengths need ${frames} frames of ${model.features}`,
    );
  }
  if (!takesFunctionals(model)) return;
  const each = functionalCount(model.features);
  if (functionals?.length === lengths.length * each) return;
  const found = functionals === undefined ? 'no functionals' : `${functionals.length} functionals`;
  throw new ConfigError(
    `the batch has ${found}, but its ${lengths.length} utterances need ${each} each`,
    'The model takes functionals of the raw frames, normalised by speaker: give them with the frames.',
  );
}

/** Whether a batch has to give functionals: else the network computes them, or has no branch for them. */
export function takesFunctionals({ functionals }: ModelConfig): boolean {
  return functionals?.scope === 'functionals';
}

/** Checks the targets of a batch against the model's heads; throws a ConfigError that names the task. */
export function checkTargets(
  { heads }: ModelConfig,
  { lengths, targets: all }: Pick<TrainingBatch, 'lengths' | 'targets'>,
): void {
  for (const head of heads) {
    const { task } = head;
    const targets = all[task];
    if (targets === undefined) continue;
    if (targets.length !== lengths.length) {
      throw new ConfigError(
        `task '${task}' has ${targets.length} labels for ${lengths.length} utterances`,
      );
    }
    const { targetProblem } = headKindOf(head);
    for (const target of targets) {
      const problem = targetProblem(head, target);
      if (problem !== undefined) throw new ConfigError(`task '${task}' ${problem}`);
    }
  }
}

/** A batch split into microbatches that are computed one after the other. */
export interface Split {
  /** Rows of each microbatch, the longest first. */
  readonly microbatches: number[][];
  /** A size that holds any of them. */
  readonly size: BatchCapacity;
}

/** Splits a batch into microbatches of at most `mostFrames` frames; the longest rows come first. */
export function splitRows(lengths: Int32Array, mostFrames: number): Split {
  const order = [...lengths.keys()].sort((a, b) => (lengths[b] ?? 0) - (lengths[a] ?? 0) || a - b);
  const microbatches: number[][] = [];
  let frames = 0;
  for (const row of order) {
    const length = lengths[row] ?? 0;
    if (microbatches.length === 0 || frames + length > mostFrames) {
      microbatches.push([]);
      frames = 0;
    }
    microbatches.at(-1)?.push(row);
    frames += length;
  }
  return {
    microbatches,
    size: microbatches.map((rows) => sizeOf(lengths, rows)).reduce(larger, nothing),
  };
}

/** Lengths of a batch as large as a capacity: one utterance of the longest length, the rest equal. */
export function lengthsOf({ frames, utterances, longest }: BatchCapacity): Int32Array {
  const others = Math.max(1, utterances - 1);
  const rest = frames - longest;
  return Int32Array.from({ length: utterances }, (_, row) => {
    if (row === 0) return longest;
    const own = Math.floor(rest / others) + (row <= rest % others ? 1 : 0);
    return Math.max(1, Math.min(longest, own));
  });
}

/** Frames, utterances and longest length of some rows. */
export function sizeOf(lengths: Int32Array, rows: readonly number[]): BatchCapacity {
  const own = rows.map((row) => lengths[row] ?? 0);
  return {
    frames: own.reduce((a, b) => a + b, 0),
    utterances: rows.length,
    longest: Math.max(...own),
  };
}

/** Size of an empty batch. */
export const nothing: BatchCapacity = { frames: 0, utterances: 0, longest: 0 };

/** Whether a batch of `size` fits into `capacity`. */
export function holds(capacity: BatchCapacity, size: BatchCapacity): boolean {
  return (
    size.frames <= capacity.frames &&
    size.utterances <= capacity.utterances &&
    size.longest <= capacity.longest
  );
}

/** A size that holds both. */
export function larger(a: BatchCapacity, b: BatchCapacity): BatchCapacity {
  return {
    frames: Math.max(a.frames, b.frames),
    utterances: Math.max(a.utterances, b.utterances),
    longest: Math.max(a.longest, b.longest),
  };
}

/**
 * Packs batches, one at a time: each overwrites the arrays of the previous one, so that a steady step
 * allocates nothing that grows with the batch.
 */
export class BatchPacker {
  #features = new Float32Array(0);
  #functionals = new Float32Array(0);
  #rowPositions = new Uint32Array(0);
  readonly #positions: Uint32Array<ArrayBuffer>[] = [];
  readonly #sequences: Uint32Array<ArrayBuffer>[] = [];
  #firstOf = new Uint32Array(0);
  #sources = new Uint32Array(0);

  /** @param cuts by row of the batch, if its frames are augmented: then the lengths are those of the cuts */
  pack(
    model: ModelConfig,
    batch: FrameBatch & Partial<Pick<TrainingBatch, 'utterances'>>,
    rows: readonly number[],
    cuts?: readonly Cut[],
  ): PackedBatch {
    const lengthOf = (row: number): number => (cuts ? cuts[row]?.length : batch.lengths[row]) ?? 0;
    const keptOf = (row: number): number => (cuts ? cuts[row]?.kept : batch.lengths[row]) ?? 0;
    const kept = rows.reduce((sum, row) => sum + keptOf(row), 0);
    const identities = rows.map((row) => batch.utterances?.[row] ?? row);
    const {
      scalars: ofPlaces,
      inputs: places,
      ...packed
    } = this.places(model, rows, rows.map(lengthOf), identities);
    const scalars: Record<string, number> = { ...ofPlaces };
    const inputs: Record<string, Float32Array | Uint32Array> = {
      features: this.#packFeatures(model.features, batch, rows, kept, cuts),
      ...places,
    };
    if (takesFunctionals(model)) inputs[FUNCTIONALS] = this.#packFunctionals(model, batch, rows);
    if (cuts) {
      scalars[augmentNames.sourceFrames] = kept;
      inputs[augmentNames.sources] = this.#packSources(identities, rows, cuts);
    }
    return { ...packed, scalars, inputs };
  }

  /**
   * Where the rows of a batch are, without their frames: for a graph that computes them.
   *
   * @param lengths frames of each packed row
   * @param identities id of each packed row
   */
  places(
    model: ModelConfig,
    rows: readonly number[],
    lengths: readonly number[],
    identities: readonly number[] = rows,
  ): PackedBatch {
    const size = sizeOf(Int32Array.from(lengths), [...lengths.keys()]);
    const scalars: Record<string, number> = { utterances: rows.length };
    const inputs: Record<string, Float32Array | Uint32Array> = {
      row_positions: this.#packRows(identities, lengths),
    };
    const axes = timeAxes(model);
    const sequences = axes.map((by, axis) => {
      const names = axisNames(axis);
      const steps = lengths.map((length) => Math.ceil(length / by));
      const all = steps.reduce((a, b) => a + b, 0);
      scalars[names.steps] = all;
      scalars[names.longest] = Math.ceil(size.longest / by);
      const [positions, ends] = this.#packAxis(axis, identities, steps, all);
      inputs[names.positions] = positions;
      inputs[names.sequences] = ends;
      return ends;
    });
    return { size, scalars, rows, axes, sequences, inputs };
  }

  #packFeatures(
    F: number,
    { features: from, lengths }: FrameBatch,
    rows: readonly number[],
    frames: number,
    cuts: readonly Cut[] | undefined,
  ): Float32Array {
    const stride = pad4(F);
    const firstOf = (this.#firstOf = ofLength(this.#firstOf, lengths.length));
    for (let row = 0, first = 0; row < lengths.length; row++) {
      firstOf[row] = first;
      first += lengths[row] ?? 0;
    }
    const features = (this.#features = ofLength(this.#features, frames * stride));
    let frame = 0;
    for (const row of rows) {
      const { first, kept: length } = cuts?.[row] ?? { first: 0, kept: lengths[row] ?? 0 };
      const at = ((firstOf[row] ?? 0) + first) * F;
      copyRows(from, at, features, frame * stride, length, F, stride);
      frame += length;
    }
    return features.subarray(0, frames * stride);
  }

  #packFunctionals(
    { features: F }: ModelConfig,
    { functionals: from = new Float32Array(0) }: FrameBatch,
    rows: readonly number[],
  ): Float32Array {
    const width = functionalCount(F);
    const stride = pad4(width);
    const size = rows.length * stride;
    const packed = (this.#functionals = ofLength(this.#functionals, size));
    rows.forEach((row, r) => copyRows(from, row * width, packed, r * stride, 1, width, stride));
    return packed.subarray(0, size);
  }

  #packRows(identities: readonly number[], lengths: readonly number[]): Uint32Array {
    const rows = (this.#rowPositions = ofLength(this.#rowPositions, identities.length * 4));
    identities.forEach((identity, r) => setFour(rows, r, identity, 0, lengths[r] ?? 0, r));
    return rows.subarray(0, identities.length * 4);
  }

  /** (first packed frame, frames, ratio, utterance) of each packed row. */
  #packSources(
    identities: readonly number[],
    rows: readonly number[],
    cuts: readonly Cut[],
  ): Uint32Array {
    const sources = (this.#sources = ofLength(this.#sources, rows.length * 4));
    let frame = 0;
    rows.forEach((row, r) => {
      const cut = cuts[row];
      if (!cut) return;
      setFour(sources, r, frame, cut.kept, ratioOf(cut), identities[r] ?? 0);
      frame += cut.kept;
    });
    return sources.subarray(0, rows.length * 4);
  }

  /** Positions and sequences of the steps of one time axis. */
  #packAxis(
    axis: number,
    identities: readonly number[],
    lengths: readonly number[],
    steps: number,
  ) {
    const positions = ofLength(this.#positions[axis] ?? new Uint32Array(0), steps * 4);
    const sequences = ofLength(this.#sequences[axis] ?? new Uint32Array(0), lengths.length * 2);
    this.#positions[axis] = positions;
    this.#sequences[axis] = sequences;
    let step = 0;
    lengths.forEach((length, row) => {
      sequences[2 * row] = step;
      sequences[2 * row + 1] = length;
      const identity = identities[row] ?? 0;
      for (let t = 0; t < length; t++, step++) setFour(positions, step, identity, t, length, row);
    });
    return [positions.subarray(0, steps * 4), sequences.subarray(0, lengths.length * 2)] as const;
  }
}

/** The array itself if it is long enough, else a new one. */
function ofLength<A extends Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>>(
  array: A,
  length: number,
): A {
  if (array.length >= length) return array;
  return new (array.constructor as new (length: number) => A)(length);
}

/** Copies rows of `width` to rows of `stride`; the padding stays zero. */
function copyRows(
  from: Float32Array,
  first: number,
  to: Float32Array,
  at: number,
  rows: number,
  width: number,
  stride: number,
): void {
  if (width === stride) {
    to.set(from.subarray(first, first + rows * width), at);
    return;
  }
  for (let r = 0; r < rows; r++) {
    for (let i = 0; i < width; i++) to[at + r * stride + i] = from[first + r * width + i] ?? 0;
  }
}

function setFour(array: Uint32Array, at: number, a: number, b: number, c: number, d: number) {
  array[4 * at] = a;
  array[4 * at + 1] = b;
  array[4 * at + 2] = c;
  array[4 * at + 3] = d;
}
