import { functionalCount } from '../core/functionals.js';
import { Random } from '../core/random.js';
import type { TrainingBatch } from '../session/types.js';
import type { BenchShape } from './shape.js';

/** Random frames and labels; every utterance has the shape's length unless lengths are given. */
export function madeUpBatch(
  shape: BenchShape,
  seed: number,
  lengths: readonly number[] = equalLengths(shape),
): TrainingBatch {
  const random = new Random(seed, 'bench/batch');
  const frames = lengths.reduce((a, b) => a + b, 0);
  const given = shape.functionals && shape.functionalsScope === 'functionals';
  const count = given ? lengths.length * functionalCount(shape.features) : 0;
  return {
    features: Float32Array.from({ length: frames * shape.features }, () => random.normal()),
    lengths: Int32Array.from(lengths),
    utterances: Uint32Array.from(lengths, (_, row) => row),
    targets: Object.fromEntries(
      Object.entries(shape.heads).map(([task, classes]) => [
        task,
        Int32Array.from(lengths, () => random.integer(classes)),
      ]),
    ),
    ...(given && { functionals: Float32Array.from({ length: count }, () => random.normal()) }),
  };
}

export function equalLengths({ batch, frames }: BenchShape): number[] {
  return Array<number>(batch).fill(frames);
}

/**
 * Lengths drawn uniformly from `least` times the shape's frames upwards; the first has the maximum
 * length, so that batches with any `least` have the same longest utterance.
 */
export function randomLengths({ batch, frames }: BenchShape, least: number, seed: number) {
  const random = new Random(seed, `bench/lengths/${least}`);
  const from = Math.max(1, Math.round(least * frames));
  return Array.from({ length: batch }, (_, row) =>
    row === 0 ? frames : from + random.integer(frames - from + 1),
  );
}
