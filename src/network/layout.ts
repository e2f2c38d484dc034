import { elementCount } from '../core/tensor.js';
import { pad4 } from '../kernels/descriptor.js';
import type { RowShape } from './rows.js';

/** A parameter under its SPEC name, in PyTorch's shape. */
export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  /** `each`: one value for each of several equal parts. */
  readonly start: 'glorot' | 'orthogonal-gates' | 'zero' | { readonly each: readonly number[] };
}

/**
 * Where a parameter's elements are in the flat device buffer: element (i, j, …) of the PyTorch
 * tensor is at `at(index)`, index its row-major position.
 */
export interface Placement extends Parameter {
  readonly at: (index: number) => number;
}

/** A tensor as kernels bind it: a slice of the flat buffer with one or more parameters. */
export interface DeviceTensor {
  readonly name: string;
  readonly offset: number;
  readonly shape: readonly number[];
}

/** The flat buffer that holds all parameters, each device tensor at a multiple of 128 elements. */
export interface ParameterLayout {
  /** Elements of the flat buffer. */
  readonly size: number;
  readonly tensors: ReadonlyMap<string, DeviceTensor>;
  readonly parameters: readonly Placement[];
}

const ALIGN = 128; // elements: 256 bytes of f16

/** Reserves tensors in the flat buffer, one after the other, and records where parameters are in them. */
export class LayoutBuilder {
  readonly tensors = new Map<string, DeviceTensor>();
  readonly parameters: Placement[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** @returns the tensor's first element in the flat buffer */
  reserve(name: string, shape: readonly number[]): number {
    const offset = this.#size;
    this.tensors.set(name, { name, offset, shape });
    this.#size += Math.ceil(elementCount(shape) / ALIGN) * ALIGN;
    return offset;
  }

  place(...parameters: readonly Placement[]): void {
    this.parameters.push(...parameters);
  }

  /** Weight [out, in] and bias [out] of a dense layer: out x in, rows padded to four. */
  dense(name: string, out: number, input: RowShape): void {
    const weight = this.reserve(`${name}.weight`, [pad4(out), input.stride]);
    const bias = this.reserve(`${name}.bias`, [pad4(out)]);
    this.placeDense(name, out, input, weight, bias);
  }

  /** A dense layer whose weight and bias begin at these elements of tensors that are reserved. */
  placeDense(
    name: string,
    out: number,
    { width, stride, column }: RowShape,
    weight: number,
    bias: number,
  ): void {
    this.place(
      {
        name: `${name}.weight`,
        shape: [out, width],
        start: 'glorot',
        at: (i) => weight + Math.floor(i / width) * stride + column(i % width),
      },
      { name: `${name}.bias`, shape: [out], start: 'zero', at: (i) => bias + i },
    );
  }
}
