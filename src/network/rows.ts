import { pad4 } from '../kernels/descriptor.js';

/** A row of values on the device: padded, the padding is zero and stays so in training. */
export interface RowShape {
  /** Values, as PyTorch counts them. */
  readonly width: number;
  /** Columns, a multiple of four. */
  readonly stride: number;
  /** The column of PyTorch's value k. */
  readonly column: (k: number) => number;
}

/** Values one after the other. */
export function plainRow(width: number): RowShape {
  return { width, stride: pad4(width), column: (k) => k };
}

/** So many rows of one shape, one after the other, each with its padding. */
export function joinedRows(count: number, part: RowShape): RowShape {
  const { width, stride, column } = part;
  return {
    width: count * width,
    stride: count * stride,
    column: (k) => Math.floor(k / width) * stride + column(k % width),
  };
}
