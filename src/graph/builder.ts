import { GraphError } from '../core/errors.js';
import { elementCount } from '../core/tensor.js';
import {
  activeBindings,
  type Defines,
  type KernelDescriptor,
  type Values,
} from '../kernels/descriptor.js';
import { planMemory } from './memory.js';
import {
  bytesPerElement,
  type DispatchPass,
  type Dtype,
  type Kind,
  type Pass,
  type Program,
  type Quantity,
  type Scalars,
  type Tensor,
} from './types.js';
import { checkPass, checkOrder } from './validate.js';

/** Alignment of bindings in bytes: WebGPU's default minStorageBufferOffsetAlignment. */
export const BINDING_ALIGNMENT = 256;

export interface DispatchOptions<K extends KernelDescriptor> {
  /** The part of the kernel plan that its time depends on. */
  readonly part?: string | undefined;
  readonly bindings: { readonly [B in keyof K['bindings']]?: Tensor };
  readonly uniforms: { readonly [U in keyof K['uniforms']]: Quantity };
  readonly defines?: Defines;
  readonly constants?: { readonly [C in keyof K['constants']]?: number };
}

/** Collects tensors and passes of a command graph; `build` validates it and plans its memory. */
export class GraphBuilder {
  readonly #tensors = new Map<string, Tensor>();
  readonly #passes: Pass[] = [];

  /**
   * @param name of the program, for messages
   * @param capacity largest values of the scalars that shapes depend on
   */
  constructor(
    readonly name: string,
    readonly capacity: Scalars,
  ) {}

  tensor(
    name: string,
    shape: readonly number[],
    kind: Kind = 'transient',
    dtype: Dtype = 'f32',
  ): Tensor {
    if (this.#tensors.has(name)) {
      throw new GraphError(`graph ${this.name}: tensor '${name}' is declared twice`);
    }
    if (shape.some((n) => !Number.isInteger(n) || n < 1)) {
      throw new GraphError(`graph ${this.name}: tensor '${name}' has shape [${shape.join(', ')}]`);
    }
    const tensor: Tensor = { name, dtype, shape, kind, offset: 0 };
    this.#tensors.set(name, tensor);
    return tensor;
  }

  /** A view of another tensor, `offset` elements from its start, which must be at a multiple of 256 bytes. */
  view(base: Tensor, name: string, offset: number, shape: readonly number[]): Tensor {
    const tensor: Tensor = { name, dtype: base.dtype, shape, kind: base.kind, base, offset };
    if ((offset * bytesPerElement(base.dtype)) % BINDING_ALIGNMENT !== 0) {
      throw new GraphError(
        `graph ${this.name}: view '${name}' starts at ${base.dtype} element ${offset}, ` +
          `not at a multiple of ${BINDING_ALIGNMENT} bytes`,
      );
    }
    if (offset + elementCount(shape) > elementCount(base.shape)) {
      throw new GraphError(`graph ${this.name}: view '${name}' ends past '${base.name}'`);
    }
    return tensor;
  }

  dispatch<K extends KernelDescriptor>(name: string, kernel: K, options: DispatchOptions<K>): void {
    const defines: Defines = { ...kernel.defines, ...options.defines };
    const given = options.bindings as Record<string, Tensor | undefined>;
    const bindings: Record<string, Tensor> = {};
    for (const binding of activeBindings(kernel, defines)) {
      const tensor = given[binding.name];
      if (!tensor) {
        throw new GraphError(
          `pass ${name}: kernel ${kernel.name} needs a tensor for '${binding.name}'`,
        );
      }
      bindings[binding.name] = tensor;
    }
    const pass: DispatchPass = {
      kind: 'dispatch',
      name,
      ...(options.part !== undefined && { part: options.part }),
      kernel,
      defines,
      constants: { ...kernel.constants, ...(options.constants as Values | undefined) },
      bindings,
      uniforms: options.uniforms,
    };
    checkPass(pass, this.capacity);
    this.#passes.push(pass);
  }

  /** @param part as in a dispatch */
  clear(tensor: Tensor, part?: string): void {
    const name = `clear ${tensor.name}`;
    this.#passes.push({ kind: 'clear', name, ...(part !== undefined && { part }), tensor });
  }

  build(): Program {
    checkOrder(this.name, this.#passes);
    return Object.freeze({
      name: this.name,
      capacity: this.capacity,
      passes: Object.freeze([...this.#passes]),
      tensors: this.#tensors,
      ...planMemory(this.#passes, [...this.#tensors.values()]),
    });
  }
}
