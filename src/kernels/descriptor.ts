import { ShaderError } from '../core/errors.js';

/** Element type of a storage binding as WGSL declares it: `array<T>`. */
export type ElementType = 'f32' | 'vec4<f32>' | 'u32' | 'i32' | 'vec2<u32>' | 'vec4<u32>';

/** Scalar type of a uniform field. */
export type UniformType = 'u32' | 'i32' | 'f32';

export interface BindingDescriptor {
  readonly access: 'read' | 'read_write';
  readonly type: ElementType;
  /** Scalars by dimension: numbers, or names of uniform fields. */
  readonly shape: readonly (string | number)[];
  /** Present only where this switch is on. */
  readonly when?: string;
  /** For read_write: what becomes of what was there. Default `overwrites`. */
  readonly effect?: 'overwrites' | 'accumulates' | 'updates';
}

export type Values = Readonly<Record<string, number>>;
export type Workgroups = readonly [x: number, y: number, z: number];

/** `#if ${NAME}` switches (0 or 1) and `${NAME}` text values of a shader. */
export type Defines = Readonly<Record<string, number | string>>;

/**
 * Everything the project knows of a kernel beside its WGSL (`shaders/<name>.wgsl`). From it follow
 * the bind-group layout, the packing of the uniforms, the pipeline's cache key and the graph's
 * reads and writes.
 *
 * Bindings stand at `@group(0) @binding(0…)` in the order given (those switched off leave a gap),
 * the uniform struct `Uniforms` at the last one, fields in the order given.
 */
export interface KernelDescriptor {
  readonly name: string;
  /** The equation it computes, with its number in the paper where it has one. */
  readonly equation: string;
  readonly bindings: Readonly<Record<string, BindingDescriptor>>;
  readonly uniforms: Readonly<Record<string, UniformType>>;
  /** Override constants with default values. */
  readonly constants: Readonly<Record<string, number>>;
  /** Names that the shader's text takes by `${NAME}`, with default values. */
  readonly defines?: Defines;
  /** Workgroups for given uniform values and override constants; a zero skips the dispatch. */
  workgroups(uniforms: Values, constants: Values, defines: Defines): Workgroups;
  /** Floating-point operations of a dispatch, for throughput and for cutting long submits. */
  flops?(uniforms: Values): number;
}

/** Declares a kernel, keeping the literal names of its bindings and uniforms. */
export function defineKernel<const K extends KernelDescriptor>(kernel: K): K {
  return kernel;
}

/** Bindings that exist under the given switches, with their binding numbers. */
export function activeBindings(
  kernel: KernelDescriptor,
  defines: Defines,
): { name: string; index: number; descriptor: BindingDescriptor }[] {
  return Object.entries(kernel.bindings)
    .map(([name, descriptor], index) => ({ name, index, descriptor }))
    .filter(({ descriptor: { when } }) => when === undefined || Boolean(defines[when]));
}

/** Binding number of the uniform struct. */
export function uniformBinding(kernel: KernelDescriptor): number {
  return Object.keys(kernel.bindings).length;
}

/** Bytes of the uniform struct: every field is a four-byte scalar; uniform structs are padded to 16. */
export function uniformBytes(kernel: KernelDescriptor): number {
  return Math.ceil((Object.keys(kernel.uniforms).length * 4) / 16) * 16;
}

/** Scalars in one element of a binding. */
export function scalarsPerElement(type: ElementType): number {
  switch (type) {
    case 'f32':
    case 'u32':
    case 'i32':
      return 1;
    case 'vec2<u32>':
      return 2;
    case 'vec4<f32>':
    case 'vec4<u32>':
      return 4;
  }
}

/** Rounds up division of positive integers. */
export function tiles(size: number, tile: number): number {
  return Math.ceil(size / tile);
}

/** Looks a value up by name and refuses an absent one. */
export function valueOf(values: Values, name: string, kernel: string): number {
  const value = values[name];
  if (value === undefined) {
    throw new ShaderError(
      `kernel ${kernel}: no value for '${name}'`,
      'give it where the pass is built',
    );
  }
  return value;
}
