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
  readonly places: Uint32Array;
  /** [utterances, 4]: utterance identity, 0, length, packed row. */
  readonly rowPlaces: Uint32Array;
  /** [utterances, 2]: first frame, length. */
  readonly ranges: Uint32Array;
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

/** Packed rows of a batch, cut into parts of at most `mostFrames` frames; longest rows first. */
export function splitRows(lengths: Int32Array, mostFrames: number): number[][] {
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
  return parts;
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

export function packBatch(
  model: ModelConfig,
  batch: FrameBatch & Partial<Pick<TrainingBatch, 'utterances'>>,
  rows: readonly number[],
): PackedBatch {
  const F = model.features;
  const stride = pad4(F);
  const { lengths } = batch;
  const firstOf = new Uint32Array(lengths.length);
  for (let row = 1; row < lengths.length; row++) {
    firstOf[row] = (firstOf[row - 1] ?? 0) + (lengths[row - 1] ?? 0);
  }
  const size = sizeOf(lengths, rows);
  const features = new Float32Array(size.frames * stride);
  const places = new Uint32Array(size.frames * 4);
  const rowPlaces = new Uint32Array(rows.length * 4);
  const ranges = new Uint32Array(rows.length * 2);
  let frame = 0;
  rows.forEach((row, packed) => {
    const length = lengths[row] ?? 0;
    const identity = batch.utterances?.[row] ?? row;
    ranges.set([frame, length], packed * 2);
    rowPlaces.set([identity, 0, length, packed], packed * 4);
    const first = firstOf[row] ?? 0;
    for (let t = 0; t < length; t++, frame++) {
      const from = (first + t) * F;
      features.set(batch.features.subarray(from, from + F), frame * stride);
      places.set([identity, t, length, packed], frame * 4);
    }
  });
  return { size, rows, features, places, rowPlaces, ranges };
}
