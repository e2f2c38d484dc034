import type { Dataset } from '../../src/data/dataset.js';

/** Features of all utterances of a dataset. */
export function allOf({ lengths, read }: Dataset): Promise<readonly Float32Array[]> {
  return read([...lengths.keys()]);
}

/** A dataset of other features: those of each row as `change` has them. */
export function changing(
  dataset: Dataset,
  change: (matrix: Float32Array, row: number) => Float32Array,
): Dataset {
  const read = async (rows: readonly number[]): Promise<Float32Array[]> =>
    (await dataset.read(rows)).map((matrix, i) => change(matrix, rows[i] ?? -1));
  return { ...dataset, read };
}
