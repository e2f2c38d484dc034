import { ConfigError } from '../core/errors.js';
import type { HostTensor } from '../core/tensor.js';
import type { OnnxAttribute, OnnxGraph, OnnxNode, OnnxTensor, OnnxValue } from './file.js';

/** Added to masked values before a softmax: finite, so that its sums are never NaN. */
export const NEVER = -1e30;

type Attributes = Readonly<Record<string, OnnxAttribute>>;

/**
 * Collects a graph's nodes and constants. Values are names: each is defined once, in the graph or in the
 * body of one of its loop operators, and a body sees the values of the graph around it.
 */
export class GraphBuilder {
  readonly #nodes: OnnxNode[] = [];
  readonly #constants: OnnxTensor[] = [];
  readonly #inputs: OnnxValue[] = [];
  readonly #outputs: OnnxValue[] = [];
  readonly #taken: Set<string>;

  constructor(taken = new Set<string>()) {
    this.#taken = taken;
  }

  /** A builder for the body of a loop operator. */
  body(): GraphBuilder {
    return new GraphBuilder(this.#taken);
  }

  input(value: OnnxValue): string {
    this.#inputs.push(value);
    return this.#take(value.name);
  }

  /** Declares a value as an output; the order of the calls is that of the outputs. */
  output(value: OnnxValue): void {
    this.#outputs.push(value);
  }

  /** @throws ConfigError if the tensor's data are not floats */
  floats(name: string, { shape, data }: HostTensor): string {
    if (!(data instanceof Float32Array))
      throw new ConfigError(`parameter '${name}' is not float32`);
    this.#constants.push({ name, shape, data });
    return this.#take(name);
  }

  /** A scalar. */
  float(name: string, value: number): string {
    return this.floats(name, { shape: [], data: Float32Array.of(value) });
  }

  /** A list of integers, or a scalar. */
  integers(name: string, values: number | readonly number[]): string {
    const list = typeof values === 'number' ? [values] : values;
    const shape = typeof values === 'number' ? [] : [list.length];
    this.#constants.push({ name, shape, data: BigInt64Array.from(list, BigInt) });
    return this.#take(name);
  }

  /** Adds an operator with one result and returns the result's name. */
  node(name: string, operator: string, inputs: readonly string[], attributes: Attributes = {}) {
    this.nodes([name], operator, inputs, attributes);
    return name;
  }

  /** Adds an operator with several results. */
  nodes(
    outputs: readonly string[],
    operator: string,
    inputs: readonly string[],
    attributes: Attributes = {},
  ): void {
    outputs.forEach((name) => this.#take(name));
    this.#nodes.push({ operator, inputs, outputs, attributes });
  }

  /** Inserts dimensions of size 1 at these axes of the result. */
  unsqueeze(name: string, x: string, axes: readonly number[]): string {
    return this.node(name, 'Unsqueeze', [x, this.integers(`${name}.axes`, axes)]);
  }

  /** Removes these axes, which have size 1. */
  squeeze(name: string, x: string, axes: readonly number[]): string {
    return this.node(name, 'Squeeze', [x, this.integers(`${name}.axes`, axes)]);
  }

  /** One entry of the first axis, which is removed. */
  entry(name: string, x: string, index: number): string {
    return this.node(name, 'Gather', [x, this.integers(`${name}.index`, index)], { axis: 0 });
  }

  build(name: string): OnnxGraph {
    return {
      name,
      nodes: this.#nodes,
      constants: this.#constants,
      inputs: this.#inputs,
      outputs: this.#outputs,
    };
  }

  #take(name: string): string {
    if (this.#taken.has(name)) {
      throw new ConfigError(
        `'${name}' names two values of the exported graph`,
        'Rename the task: it must not have the name of an input or a layer.',
      );
    }
    this.#taken.add(name);
    return name;
  }
}
