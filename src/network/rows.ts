import { pad4 } from '../kernels/descriptor.js';

/** A row of values on the device; its padding is zero and stays zero in training. */
export interface RowShape {
  /** Number of values without padding. */
  readonly width: number;
  /** Columns, a multiple of four. */
  readonly stride: number;
  /** The column of PyTorch's value k. */
  readonly column: (k: number) => number;
}

/** Contiguous values. */
export function plainRow(width: number): RowShape {
  return { width, stride: pad4(width), column: (k) => k };
}

/** Two rows of any shapes side by side, each with its padding. */
export function besideRows(a: RowShape, b: RowShape): RowShape {
  return {
    width: a.width + b.width,
    stride: a.stride + b.stride,
    column: (k) => (k < a.width ? a.column(k) : a.stride + b.column(k - a.width)),
  };
}

/** `count` rows of one shape, concatenated, each with its padding. */
export function joinedRows(count: number, part: RowShape): RowShape {
  const { width, stride, column } = part;
  return {
    width: count * width,
    stride: count * stride,
    column: (k) => Math.floor(k / width) * stride + column(k % width),
  };
}
