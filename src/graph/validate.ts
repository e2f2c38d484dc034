import { DispatchSizeError, GraphError } from '../core/errors.js';
import { elementCount } from '../core/tensor.js';
import { activeBindings, MOST_WORKGROUPS, scalarOf, wgslType } from '../kernels/descriptor.js';
import {
  evaluate,
  rootOf,
  type DispatchPass,
  type Pass,
  type Scalars,
  type Tensor,
} from './types.js';

/** Uniform values of a pass for the given scalars, by name; a missing scalar counts as 1. */
export function uniformsAt(pass: DispatchPass, scalars: Scalars): Record<string, number> {
  const values: Record<string, number> = {};
  for (const [name, quantity] of Object.entries(pass.uniforms)) {
    values[name] = evaluate(quantity, scalars) ?? 1;
  }
  return values;
}

/**
 * Checks one pass: types, shapes at capacity, hazards between its bindings, dispatch size.
 * Throws GraphError; DispatchSizeError if only the size is wrong.
 */
export function checkPass(pass: DispatchPass, capacity: Scalars): void {
  const { kernel, bindings } = pass;
  const uniforms = uniformsAt(pass, capacity);
  for (const name of Object.keys(kernel.uniforms)) {
    if (!(name in pass.uniforms))
      throw new GraphError(`pass ${pass.name}: no value for uniform '${name}'`);
  }
  for (const { name, descriptor } of activeBindings(kernel, pass.defines)) {
    const tensor = bindings[name] as Tensor;
    if (tensor.dtype !== scalarOf(descriptor.type, pass.defines)) {
      throw new GraphError(
        `pass ${pass.name}: '${name}' needs ${wgslType(descriptor.type, pass.defines)}, but tensor '${tensor.name}' is ${tensor.dtype}`,
      );
    }
    const needed = descriptor.shape.map((d) => (typeof d === 'number' ? d : (uniforms[d] ?? NaN)));
    if (!(elementCount(needed) <= elementCount(tensor.shape))) {
      throw new GraphError(
        `pass ${pass.name}: '${name}' needs [${descriptor.shape.join(', ')}] = [${needed.join(', ')}], but ` +
          `tensor '${tensor.name}' is [${tensor.shape.join(', ')}]`,
      );
    }
    if (
      descriptor.type.startsWith('vec4') &&
      (elementCount(tensor.shape) % 4 || tensor.offset % 4)
    ) {
      throw new GraphError(
        `pass ${pass.name}: '${tensor.name}' is bound as ${descriptor.type} but is not a multiple of 4`,
      );
    }
  }
  checkHazards(pass);
  const groups = kernel.workgroups(uniforms, pass.constants, pass.defines);
  if (groups.some((n) => !(n <= MOST_WORKGROUPS))) {
    throw new DispatchSizeError(
      `pass ${pass.name}: ${groups.join(' x ')} workgroups, more than ${MOST_WORKGROUPS} in a dimension`,
      'use fewer units or a smaller batch, or split it with --memory-budget',
    );
  }
}

/** WebGPU forbids binding a buffer twice in a dispatch that writes it. */
function checkHazards(pass: DispatchPass): void {
  const bound = activeBindings(pass.kernel, pass.defines).map(({ name, descriptor }) => ({
    name,
    writes: descriptor.access === 'read_write',
    tensor: pass.bindings[name] as Tensor,
  }));
  for (const a of bound) {
    for (const b of bound) {
      if (a !== b && a.writes && rootOf(a.tensor) === rootOf(b.tensor)) {
        throw new GraphError(
          `pass ${pass.name}: '${a.name}' writes '${a.tensor.name}' while '${b.name}' binds '${b.tensor.name}' of the same buffer`,
        );
      }
    }
  }
}

/** Tensors that a pass reads and writes. */
export function accesses(pass: Pass): { reads: Tensor[]; writes: Tensor[] } {
  if (pass.kind === 'clear') return { reads: [], writes: [rootOf(pass.tensor)] };
  const reads: Tensor[] = [];
  const writes: Tensor[] = [];
  for (const { name, descriptor } of activeBindings(pass.kernel, pass.defines)) {
    const tensor = rootOf(pass.bindings[name] as Tensor);
    if (descriptor.access === 'read_write') writes.push(tensor);
    if (descriptor.access === 'read' || (descriptor.effect ?? 'overwrites') !== 'overwrites') {
      reads.push(tensor);
    }
  }
  return { reads, writes };
}

/** Checks the order of passes: no transient or output is read before it is written. */
export function checkOrder(graph: string, passes: readonly Pass[]): void {
  const written = new Set<Tensor>();
  for (const pass of passes) {
    const { reads, writes } = accesses(pass);
    for (const tensor of reads) {
      if ((tensor.kind === 'transient' || tensor.kind === 'output') && !written.has(tensor)) {
        throw new GraphError(
          `graph ${graph}: pass ${pass.name} reads '${tensor.name}' before any pass wrote it`,
        );
      }
    }
    writes.forEach((tensor) => written.add(tensor));
  }
}
