import {
  rootOf,
  type DispatchPass,
  type Pass,
  type Program,
  type Scalars,
} from '../graph/types.js';
import { uniformsAt } from '../graph/validate.js';
import { activeBindings, type BindingDescriptor } from '../kernels/descriptor.js';
import { elementCount } from '../core/tensor.js';

/** Minimum work of a pass. */
export interface PassWork {
  readonly name: string;
  /** Name of its kernel; `clear` for a pass without one. */
  readonly kernel: string;
  /** Floating-point operations, as the kernel's descriptor counts them. */
  readonly flop: number;
  /** Bytes of memory read and written if each element that it binds is moved once. */
  readonly bytes: number;
}

export interface Work {
  readonly flop: number;
  readonly bytes: number;
}

/** Operations and bytes of a pass at these scalars; undefined if it has no workgroups and does not run. */
export function workOf(pass: Pass, scalars: Scalars): PassWork | undefined {
  const { name } = pass;
  if (pass.kind === 'clear') {
    const { shape, dtype } = rootOf(pass.tensor);
    return { name, kernel: 'clear', flop: 0, bytes: elementCount(shape) * bytesOf(dtype) };
  }
  const { kernel } = pass;
  const uniforms = uniformsAt(pass, scalars);
  if (kernel.workgroups(uniforms, pass.constants, pass.defines).includes(0)) return undefined;
  const flop = kernel.flops?.(uniforms) ?? 0;
  return { name, kernel: kernel.name, flop, bytes: passBytes(pass, uniforms) };
}

/** Operations and bytes of each pass that runs at these scalars. */
export function passWork(program: Program, scalars: Scalars): PassWork[] {
  return program.passes.flatMap((pass) => workOf(pass, scalars) ?? []);
}

export function sumWork(passes: readonly Work[]): Work {
  return {
    flop: passes.reduce((sum, pass) => sum + pass.flop, 0),
    bytes: passes.reduce((sum, pass) => sum + pass.bytes, 0),
  };
}

/** Tensors accumulated or updated in place count as read and written. */
function passBytes(pass: DispatchPass, uniforms: Readonly<Record<string, number>>): number {
  const bindings = activeBindings(pass.kernel, pass.defines);
  return bindings.reduce((sum, { name, descriptor }) => {
    const twice =
      descriptor.access === 'read_write' && (descriptor.effect ?? 'overwrites') !== 'overwrites';
    return (
      sum +
      (twice ? 2 : 1) *
        elementsMoved(descriptor, uniforms) *
        bytesOf(pass.bindings[name]?.dtype ?? 'f32')
    );
  }, 0);
}

/** Elements of a binding that a dispatch touches: as its descriptor says, else all of its shape. */
function elementsMoved(
  { shape, moves }: BindingDescriptor,
  uniforms: Readonly<Record<string, number>>,
) {
  if (moves !== undefined) return moves(uniforms);
  return shape.reduce<number>(
    (count, dimension) =>
      count * (typeof dimension === 'number' ? dimension : (uniforms[dimension] ?? NaN)),
    1,
  );
}

/** Bytes of a scalar of `f32`, `f16`, … */
function bytesOf(dtype: string): number {
  return dtype.endsWith('16') ? 2 : 4;
}
