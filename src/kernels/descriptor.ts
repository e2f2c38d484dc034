import { ShaderError } from '../core/errors.js';

type ElementOf<S extends string> = S | `vec2<${S}>` | `vec4<${S}>`;

/** Scalar types of storage. f16 needs the adapter's `shader-f16`; sums are always f32. */
export type ScalarType = 'f32' | 'f16' | 'u32' | 'i32';

/** Defines that set a binding's scalar type: `array<vec4<${REAL}>>` in the shader. */
export type RealName = 'REAL' | 'A_REAL' | 'B_REAL' | 'OUT_REAL';

/** Element type of a storage binding in WGSL: `array<T>`; a RealName is replaced by its define. */
export type ElementType = ElementOf<ScalarType | RealName> | 'atomic<u32>';

/** Scalar type of a uniform field. */
export type UniformType = 'u32' | 'i32' | 'f32';

export interface BindingDescriptor {
  readonly access: 'read' | 'read_write';
  readonly type: ElementType;
  /** Scalars by dimension: numbers, or names of uniform fields. */
  readonly shape: readonly (string | number)[];
  /** Elements that a dispatch touches, where that is not all of the shape: bytes are counted by it. */
  readonly moves?: (uniforms: Values) => number;
  /** Present only where this switch is on. */
  readonly when?: string;
  /** For read_write: what happens to the old contents. Default `overwrites`. */
  readonly effect?: 'overwrites' | 'accumulates' | 'updates';
}

export type Values = Readonly<Record<string, number>>;
export type Workgroups = readonly [x: number, y: number, z: number];

/** `#if ${NAME}` switches (0 or 1) and `${NAME}` text values of a shader. */
export type Defines = Readonly<Record<string, number | string>>;

/**
 * Everything about a kernel except its WGSL (`shaders/<name>.wgsl`). It determines
 * the bind-group layout, the packing of the uniforms, the pipeline's cache key and the graph's
 * reads and writes.
 *
 * Bindings are at `@group(0) @binding(0…)` in the given order (those switched off leave a gap),
 * the uniform struct `Uniforms` at the last one, with fields in the given order.
 */
export interface KernelDescriptor {
  readonly name: string;
  /** The equation it computes, with its number in the paper if it has one. */
  readonly equation: string;
  readonly bindings: Readonly<Record<string, BindingDescriptor>>;
  readonly uniforms: Readonly<Record<string, UniformType>>;
  /** Override constants with default values. */
  readonly constants: Readonly<Record<string, number>>;
  /** Names that the shader's text uses as `${NAME}`, with default values. */
  readonly defines?: Defines;
  /** The device feature that it needs. */
  readonly feature?: string;
  /** Extension that the shader enables for it: `enable NAME;`. */
  readonly enables?: string;
  /** Workgroups for given uniform values and override constants; a zero skips the dispatch. */
  workgroups(uniforms: Values, constants: Values, defines: Defines): Workgroups;
  /** Floating-point operations of a dispatch, for throughput and for splitting long submits. */
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
  return Number(/^vec(\d)/.exec(type)?.[1] ?? 1);
}

/** The scalar type of a binding under the given defines. */
export function scalarOf(type: ElementType, defines: Defines): ScalarType {
  const scalar = /<(\w+)>/.exec(type)?.[1] ?? type;
  return (defines[scalar] ?? scalar) as ScalarType;
}

/** The element type in WGSL under the given defines. */
export function wgslType(type: ElementType, defines: Defines): string {
  return type.replace(/\b[A-Z_]+\b/, (name) => String(defines[name] ?? name));
}

/** Rounds up to a multiple of four: on the device every row of a tensor consists of whole vec4s. */
export function pad4(size: number): number {
  return Math.ceil(size / 4) * 4;
}

/** Division of positive integers, rounded up. */
export function tiles(size: number, tile: number): number {
  return Math.ceil(size / tile);
}

/** WebGPU's default, and most common, maxComputeWorkgroupsPerDimension. */
export const MOST_WORKGROUPS = 65535;

/** Workgroups of `lanes` for a kernel that indexes by flat_index: in two dimensions if one is too short. */
export function flatGroups(size: number, lanes: number): Workgroups {
  const groups = tiles(size, lanes);
  const rows = Math.max(1, tiles(groups, MOST_WORKGROUPS));
  return [tiles(groups, rows), rows, 1];
}

/** Looks up a value by name; throws if it is missing. */
export function valueOf(values: Values, name: string, kernel: string): number {
  const value = values[name];
  if (value === undefined) {
    throw new ShaderError(
      `kernel ${kernel}: no value for '${name}'`,
      'set it where the pass is built',
    );
  }
  return value;
}
