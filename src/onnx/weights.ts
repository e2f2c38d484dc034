import { ConfigError } from '../core/errors.js';
import type { HostTensor } from '../core/tensor.js';
import type { GraphBuilder } from './graph-builder.js';

/** A model's parameters by SPEC name, in PyTorch's shapes. */
export type Parameters = Readonly<Record<string, HostTensor>>;

/** @throws ConfigError if there is none with that name */
export function parameter(parameters: Parameters, name: string): HostTensor {
  const found = parameters[name];
  if (found !== undefined) return found;
  throw new ConfigError(
    `parameter '${name}' is missing`,
    'Use the weights that belong to this configuration.',
  );
}

/** [out, in] → [in, out] */
export function transposed({ shape, data }: HostTensor): HostTensor {
  const [rows = 0, columns = 0] = shape;
  const turned = new Float32Array(data.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      turned[column * rows + row] = data[row * columns + column] ?? NaN;
    }
  }
  return { shape: [columns, rows], data: turned };
}

/** Tensors of one shape, side by side along a new first axis. */
export function stacked(tensors: readonly HostTensor[]): HostTensor {
  const size = tensors[0]?.data.length ?? 0;
  const data = new Float32Array(size * tensors.length);
  tensors.forEach((tensor, i) => data.set(tensor.data, i * size));
  return { shape: [tensors.length, ...(tensors[0]?.shape ?? [])], data };
}

/** x [..., in] → x Wᵀ + b [..., out], with `weight` [out, in] and `bias` [out]. */
export function dense(
  graph: GraphBuilder,
  name: string,
  x: string,
  weight: HostTensor,
  bias: HostTensor,
): string {
  const product = graph.node(`${name}.product`, 'MatMul', [
    x,
    graph.floats(`${name}.weight`, transposed(weight)),
  ]);
  return graph.node(`${name}.sum`, 'Add', [product, graph.floats(`${name}.bias`, bias)]);
}
