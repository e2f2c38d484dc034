import type { Defines, KernelDescriptor, ScalarType, Values } from '../kernels/descriptor.js';

export type Dtype = ScalarType;

/** Bytes of one element. */
export function bytesPerElement(dtype: Dtype): number {
  return dtype === 'f16' ? 2 : 4;
}

/**
 * Purpose of a tensor, which decides the lifetime of its memory:
 * - `persistent`: lives across runs and graphs (parameters, gradients, optimiser state), by its name;
 * - `input`: written by the host before a run;
 * - `output`: read by the host after one;
 * - `transient`: lives from its first to its last pass; its buffer is reused;
 * - `result`: as transient, but lives to the last pass of its graph: read before another graph runs.
 */
export type Kind = 'persistent' | 'input' | 'output' | 'transient' | 'result';

export interface Tensor {
  readonly name: string;
  readonly dtype: Dtype;
  /** At the graph's capacity. */
  readonly shape: readonly number[];
  readonly kind: Kind;
  /** A view is a part of another tensor. */
  readonly base?: Tensor;
  /** Offset of the view in its base, in elements. */
  readonly offset: number;
}

/** Values known only once there is a batch: frames, utterances, longest, learning rate, … */
export type Scalars = Readonly<Record<string, number>>;

/** A uniform's value: fixed, a scalar by name, or computed from the scalars. */
export type Quantity =
  number | string | { readonly label: string; readonly of: (scalars: Scalars) => number };

interface NamedPass {
  readonly name: string;
  /** The part of the kernel plan that its time depends on (plan/plan.ts); absent for small passes. */
  readonly part?: string;
}

export interface DispatchPass extends NamedPass {
  readonly kind: 'dispatch';
  readonly kernel: KernelDescriptor;
  readonly defines: Defines;
  readonly constants: Values;
  readonly bindings: Readonly<Record<string, Tensor>>;
  readonly uniforms: Readonly<Record<string, Quantity>>;
}

/** Sets a whole tensor to zero. */
export interface ClearPass extends NamedPass {
  readonly kind: 'clear';
  readonly tensor: Tensor;
}

export type Pass = DispatchPass | ClearPass;

/** A buffer and the tensors that share it. */
export interface BufferPlan {
  readonly name: string;
  readonly kind: Kind;
  readonly bytes: number;
  readonly tensors: readonly string[];
}

export interface TensorPlace {
  /** Index into the program's buffers. */
  readonly buffer: number;
  readonly offset: number;
  readonly bytes: number;
  /** First and last pass that uses it. */
  readonly first: number;
  readonly last: number;
}

/** A validated graph with planned memory; immutable. */
export interface Program {
  readonly name: string;
  /** Largest values of the scalars that shapes depend on. */
  readonly capacity: Scalars;
  readonly passes: readonly Pass[];
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly places: ReadonlyMap<string, TensorPlace>;
  readonly buffers: readonly BufferPlan[];
  /** Bytes of all buffers, and what they would be if no buffer were reused. */
  readonly bytes: number;
  readonly bytesWithoutReuse: number;
}

/** The value of a quantity for given scalars; undefined if a scalar is missing. */
export function evaluate(quantity: Quantity, scalars: Scalars): number | undefined {
  if (typeof quantity === 'number') return quantity;
  if (typeof quantity === 'string') return scalars[quantity];
  return quantity.of(scalars);
}

/** The tensor whose buffer a tensor uses. */
export function rootOf(tensor: Tensor): Tensor {
  return tensor.base ? rootOf(tensor.base) : tensor;
}
