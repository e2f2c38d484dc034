import type { ModelConfig } from '../core/config.js';
import { ConfigError } from '../core/errors.js';
import type { BatchCapacity } from '../network/context.js';
import { pad4 } from '../network/shape.js';
import type { FrameBatch, TrainingBatch } from './types.js';

/** A batch as the kernels read it, rows sorted by length so that tiles hold rows of like length. */
export interface PackedBatch {
  readonly size: BatchCapacity;
  /** Caller's row of each packed row. */
  readonly rows: readonly number[];
  /** [frames, padded F] */
  readonly features: Float32Array;
  /** [frames, 4]: utterance identity, frame, length, packed row. */
  readonly positions: Uint32Array;
  /** [utterances, 4]: utterance identity, 0, length, packed row. */
  readonly rowPositions: Uint32Array;
  /** [utterances, 2]: first frame, length. */
  readonly sequences: Uint32Array;
}

/** Checks a batch against the model; throws ConfigError that says which row is wrong. */
export function checkBatch(model: ModelConfig, batch: FrameBatch): void {
  const { features, lengths } = batch;
  if (lengths.length === 0) throw new ConfigError('the batch holds no utterance');
  let frames = 0;
  lengths.forEach((length, row) => {
    if (length < 1) throw new ConfigError(`utterance ${row} of the batch has ${length} frames`);
    frames += length;
  });
  if (features.length !== frames * model.features) {
    throw new ConfigError(
      `the batch holds ${features.length} feature values, its lengths ask for ${frames} frames of ${model.features}`,
    );
  }
}

/** A batch cut into parts that are computed one after the other. */
export interface Split {
  /** Rows of each part, the longest first. */
  readonly parts: number[][];
  /** What holds any of them. */
  readonly size: BatchCapacity;
}

/** Cuts a batch into parts of at most `mostFrames` frames; the longest rows come first. */
export function splitRows(lengths: Int32Array, mostFrames: number): Split {
  const order = [...lengths.keys()].sort((a, b) => (lengths[b] ?? 0) - (lengths[a] ?? 0) || a - b);
  const parts: number[][] = [];
  let frames = 0;
  for (const row of order) {
    const length = lengths[row] ?? 0;
    if (parts.length === 0 || frames + length > mostFrames) {
      parts.push([]);
      frames = 0;
    }
    parts.at(-1)?.push(row);
    frames += length;
  }
  return { parts, size: parts.map((rows) => sizeOf(lengths, rows)).reduce(larger, nothing) };
}

/** Lengths of a batch as large as a capacity: one utterance of the longest, the rest alike. */
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

/** Of no batch. */
export const nothing: BatchCapacity = { frames: 0, utterances: 0, longest: 0 };

/** Whether a batch of `size` fits into `capacity`. */
export function holds(capacity: BatchCapacity, size: BatchCapacity): boolean {
  return (
    size.frames <= capacity.frames &&
    size.utterances <= capacity.utterances &&
    size.longest <= capacity.longest
  );
}

/** What holds both. */
export function larger(a: BatchCapacity, b: BatchCapacity): BatchCapacity {
  return {
    frames: Math.max(a.frames, b.frames),
    utterances: Math.max(a.utterances, b.utterances),
    longest: Math.max(a.longest, b.longest),
  };
}

/**
 * Packs batches, one at a time: what it gives out is overwritten by the next, so that a steady step
 * allocates nothing that grows with the batch.
 */
export class BatchPacker {
  #features = new Float32Array(0);
  #positions = new Uint32Array(0);
  #rowPositions = new Uint32Array(0);
  #sequences = new Uint32Array(0);
  #firstOf = new Uint32Array(0);

  pack(
    model: ModelConfig,
    batch: FrameBatch & Partial<Pick<TrainingBatch, 'utterances'>>,
    rows: readonly number[],
  ): PackedBatch {
    const F = model.features;
    const stride = pad4(F);
    const { lengths } = batch;
    const size = sizeOf(lengths, rows);
    const firstOf = (this.#firstOf = ofLength(this.#firstOf, lengths.length));
    for (let row = 0, first = 0; row < lengths.length; row++) {
      firstOf[row] = first;
      first += lengths[row] ?? 0;
    }
    const features = (this.#features = ofLength(this.#features, size.frames * stride));
    const positions = (this.#positions = ofLength(this.#positions, size.frames * 4));
    const rowPositions = (this.#rowPositions = ofLength(this.#rowPositions, rows.length * 4));
    const sequences = (this.#sequences = ofLength(this.#sequences, rows.length * 2));
    let frame = 0;
    rows.forEach((row, packed) => {
      const length = lengths[row] ?? 0;
      const identity = batch.utterances?.[row] ?? row;
      setFour(rowPositions, packed, identity, 0, length, packed);
      sequences[2 * packed] = frame;
      sequences[2 * packed + 1] = length;
      const first = firstOf[row] ?? 0;
      copyRows(batch.features, first * F, features, frame * stride, length, F, stride);
      for (let t = 0; t < length; t++, frame++) {
        setFour(positions, frame, identity, t, length, packed);
      }
    });
    return {
      size,
      rows,
      features: features.subarray(0, size.frames * stride),
      positions: positions.subarray(0, size.frames * 4),
      rowPositions: rowPositions.subarray(0, rows.length * 4),
      sequences: sequences.subarray(0, rows.length * 2),
    };
  }
}

/** The array itself where it is long enough, else a new one. */
function ofLength<A extends Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>>(
  array: A,
  length: number,
): A {
  if (array.length >= length) return array;
  return new (array.constructor as new (length: number) => A)(length);
}

/** Copies rows of `width` to rows of `stride`, what lies between them left zero. */
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
