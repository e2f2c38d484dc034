import { expect } from 'vitest';
import { POISON, type Draw } from './kernel.js';

/** A head's columns of all heads' logits. */
export interface Columns {
  readonly stride: number;
  readonly first: number;
  readonly columns: number;
}

/** Columns for so many outputs, with those of other heads before and after them. */
export function drawColumns(draw: Draw, outputs: number): Columns {
  const [before, columns, after] = [
    4 * draw.size(0, 2),
    4 * Math.ceil(outputs / 4),
    4 * draw.size(0, 2),
  ];
  return { stride: before + columns + after, first: before, columns };
}

/** The head's own columns of [rows, stride], as [rows, columns]. */
export function ownColumns(
  values: Float32Array | undefined,
  { stride, first, columns }: Columns,
): Float32Array {
  return (values ?? new Float32Array()).filter(
    (_, i) => i % stride >= first && i % stride < first + columns,
  );
}

/** Those of the other heads are as they were before the kernel ran. */
export function expectOthersUntouched(
  values: Float32Array | undefined,
  { stride, first, columns }: Columns,
): void {
  values?.forEach((value, i) => {
    const column = i % stride;
    if (column < first || column >= first + columns) expect(value).toBe(Math.fround(POISON));
  });
}
