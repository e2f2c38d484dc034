import { cellTraits } from '../core/cells.js';
import type { ModelConfig } from '../core/config.js';
import { ConfigError } from '../core/errors.js';
import { elementCount, type HostTensor } from '../core/tensor.js';
import { deviceShape, pad4 } from './shape.js';

/** A parameter under its SPEC name, in PyTorch's shape. */
export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly start: 'glorot' | 'orthogonal-gates' | 'zero' | 'forget-bias';
}

/**
 * Where a parameter's elements lie in the flat device buffer: element (i, j, …) of the PyTorch
 * tensor at `at(index)`, index its row-major position.
 */
interface Placement extends Parameter {
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

/**
 * Lays the parameters of a model out for the kernels. Dense weights stay out x in, rows padded to
 * four. Recurrent tensors hold both directions, gates innermost: `weight_ih` [dir, 4u + gate, k],
 * `weight_hh` [dir, k, u, gate], `bias` [dir, u, gate], `attention` [dir, u]. Of a GRU the four gates are
 * r, z, n and W_hn h' + b_hn: `weight_ih` holds zeros for the last, `weight_hh` for n.
 */
export function layoutParameters(model: ModelConfig): ParameterLayout {
  const { features, frontend, units, directions, width } = deviceShape(model);
  const { recurrent } = model;
  const U = model.frontend.units;
  const H = recurrent.units;
  const tensors = new Map<string, DeviceTensor>();
  const parameters: Placement[] = [];
  let size = 0;
  const reserve = (name: string, shape: readonly number[]): number => {
    const offset = size;
    tensors.set(name, { name, offset, shape });
    size += Math.ceil(elementCount(shape) / ALIGN) * ALIGN;
    return offset;
  };
  const dense = (name: string, out: number, into: number, stride: number, columns?: Columns) => {
    const weight = reserve(`${name}.weight`, [pad4(out), stride]);
    const bias = reserve(`${name}.bias`, [pad4(out)]);
    const column = columns ?? ((k: number) => k);
    parameters.push(
      {
        name: `${name}.weight`,
        shape: [out, into],
        start: 'glorot',
        at: (i) => weight + Math.floor(i / into) * stride + column(i % into),
      },
      { name: `${name}.bias`, shape: [out], start: 'zero', at: (i) => bias + i },
    );
  };
  /** Column of the layer's output that PyTorch numbers k: directions one after the other, each padded. */
  const outputColumn: Columns = (k) => Math.floor(k / H) * units + (k % H);

  dense('frontend', U, model.features, features);

  const weightIh = reserve('recurrent.weight_ih', [directions * 4 * units, frontend]);
  const weightHh = reserve('recurrent.weight_hh', [directions, units, units, 4]);
  const bias = reserve('recurrent.bias', [directions, units, 4]);
  const { kind, gates, combination } = cellTraits(recurrent.cell);
  const G = gates.length;
  const attention =
    combination === 'attention' ? reserve('recurrent.attention', [directions, units]) : undefined;
  ['forward', 'backward'].slice(0, directions).forEach((direction, d) => {
    const prefix = `recurrent.${direction}`;
    // PyTorch's row: gate * H + unit
    const unitAndGate = (row: number) => 4 * (row % H) + Math.floor(row / H);
    const hiddenUnitAndGate = (row: number) =>
      kind === 'gru' && row >= 2 * H ? unitAndGate(row + H) : unitAndGate(row);
    parameters.push(
      {
        name: `${prefix}.weight_ih`,
        shape: [G * H, U],
        start: 'glorot',
        at: (i) => weightIh + (d * 4 * units + unitAndGate(Math.floor(i / U))) * frontend + (i % U),
      },
      {
        name: `${prefix}.weight_hh`,
        shape: [G * H, H],
        start: 'orthogonal-gates',
        at: (i) =>
          weightHh + (d * units + (i % H)) * units * 4 + hiddenUnitAndGate(Math.floor(i / H)),
      },
      {
        name: `${prefix}.bias`,
        shape: [4 * H],
        start: kind === 'lstm' ? 'forget-bias' : 'zero',
        at: (i) => bias + d * 4 * units + unitAndGate(i),
      },
    );
    if (attention !== undefined) {
      parameters.push({
        name: `${prefix}.attention`,
        shape: [H],
        start: 'zero',
        at: (i) => attention + d * units + i,
      });
    }
  });

  if (model.pooling === 'attention') {
    const offset = reserve('pooling.attention', [width]);
    parameters.push({
      name: 'pooling.attention',
      shape: [H * directions],
      start: 'zero',
      at: (i) => offset + outputColumn(i),
    });
  }
  for (const { task, hidden, classes } of model.heads) {
    if (hidden > 0) {
      dense(`heads.${task}.hidden`, hidden, H * directions, width, outputColumn);
      dense(`heads.${task}.output`, classes, hidden, pad4(hidden));
    } else dense(`heads.${task}.output`, classes, H * directions, width, outputColumn);
  }
  return { size, tensors, parameters };
}

type Columns = (k: number) => number;

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
