import type { ModelConfig } from '../core/config.js';
import { ConfigError } from '../core/errors.js';
import { elementCount, type HostTensor } from '../core/tensor.js';
import { pad4 } from '../kernels/descriptor.js';
import { kindOf, placeLayers, pooledRow } from './layers/index.js';
import { plainRow, type RowShape } from './rows.js';

/** A parameter under its SPEC name, in PyTorch's shape. */
export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  /** `each`: a value for each of as many equal parts. */
  readonly start: 'glorot' | 'orthogonal-gates' | 'zero' | { readonly each: readonly number[] };
}

/**
 * Where a parameter's elements lie in the flat device buffer: element (i, j, …) of the PyTorch
 * tensor at `at(index)`, index its row-major position.
 */
export interface Placement extends Parameter {
  readonly at: (index: number) => number;
}

/** A tensor as kernels bind it: a range of the flat buffer, which holds one or more parameters. */
export interface DeviceTensor {
  readonly name: string;
  readonly offset: number;
  readonly shape: readonly number[];
}

/** The flat buffer that all parameters lie in, each device tensor at a multiple of 128 elements. */
export interface ParameterLayout {
  /** Elements of the flat buffer. */
  readonly size: number;
  readonly tensors: ReadonlyMap<string, DeviceTensor>;
  readonly parameters: readonly Placement[];
}

const ALIGN = 128; // elements: 256 bytes of f16

/** Reserves tensors of the flat buffer, one after the other, and says where parameters lie in them. */
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
  dense(name: string, out: number, { width, stride, column }: RowShape): void {
    const weight = this.reserve(`${name}.weight`, [pad4(out), stride]);
    const bias = this.reserve(`${name}.bias`, [pad4(out)]);
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

/** Lays the parameters of a model out for the kernels: the layers', the pooling's, the heads'. */
export function layoutParameters(model: ModelConfig): ParameterLayout {
  const layout = new LayoutBuilder();
  for (const { config, input } of placeLayers(model)) {
    kindOf(config).parameters(layout, config, input);
  }
  const pooled = pooledRow(model);
  if (model.pooling === 'attention') {
    const offset = layout.reserve('pooling.attention', [pooled.stride]);
    layout.place({
      name: 'pooling.attention',
      shape: [pooled.width],
      start: 'zero',
      at: (i) => offset + pooled.column(i),
    });
  }
  for (const { task, hidden, classes } of model.heads) {
    if (hidden > 0) layout.dense(`heads.${task}.hidden`, hidden, pooled);
    const into = hidden > 0 ? plainRow(hidden) : pooled;
    layout.dense(`heads.${task}.output`, classes, into);
  }
  return layout;
}

/** Number of trainable values of a model, without padding. */
export function parameterCount(model: ModelConfig): number {
  return layoutParameters(model).parameters.reduce(
    (sum, { shape }) => sum + elementCount(shape),
    0,
  );
}

/**
 * Named tensors → the flat device buffer.
 * Throws ConfigError for a missing tensor, a wrong shape or a value that is not finite.
 */
export function packParameters(
  layout: ParameterLayout,
  tensors: Readonly<Record<string, HostTensor>>,
): Float32Array<ArrayBuffer> {
  const flat = new Float32Array(layout.size);
  for (const { name, shape, at } of layout.parameters) {
    const tensor = tensors[name];
    if (!tensor) {
      throw new ConfigError(
        `parameter '${name}' is missing`,
        'the weights belong to another configuration',
      );
    }
    if (tensor.shape.join() !== shape.join()) {
      throw new ConfigError(
        `parameter '${name}' has shape [${tensor.shape.join(', ')}], the configuration wants [${shape.join(', ')}]`,
        'the weights belong to another configuration',
      );
    }
    tensor.data.forEach((value, i) => {
      if (!Number.isFinite(value))
        throw new ConfigError(`parameter '${name}' holds ${value} at ${i}`);
      flat[at(i)] = value;
    });
  }
  return flat;
}

/** The flat device buffer → named tensors in PyTorch's shapes. */
export function unpackParameters(
  layout: ParameterLayout,
  flat: Float32Array,
): Record<string, HostTensor> {
  const tensors: Record<string, HostTensor> = {};
  for (const { name, shape, at } of layout.parameters) {
    const data = new Float32Array(elementCount(shape));
    for (let i = 0; i < data.length; i++) data[i] = flat[at(i)] ?? NaN;
    tensors[name] = { shape, data };
  }
  return tensors;
}
