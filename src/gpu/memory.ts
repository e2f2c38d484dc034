import { AdapterError } from '../core/errors.js';
import { formatBytes } from '../graph/print.js';
import type { Gpu } from './device.js';
import type { GPUBuffer, GPUBufferDescriptor } from './webgpu.js';

/** The device refused memory: a smaller program may still fit. */
export class MemoryRefusal extends AdapterError {
  constructor(
    what: string,
    /** Bytes requested. */
    readonly bytes: number,
    hint: string,
    options?: ErrorOptions,
  ) {
    super(`the GPU has no memory for ${what}: it refused ${formatBytes(bytes)}`, hint, options);
  }
}

export type CreateBuffer = (descriptor: GPUBufferDescriptor) => GPUBuffer;

/** The result of `make`, before the device has granted the memory. */
export interface Allocation<T> {
  readonly made: T;
  /** Rejects with a MemoryRefusal if the device has no memory; the buffers are freed then. */
  readonly granted: Promise<void>;
}

/**
 * Creates buffers and uses them at once. Commands that a refusal makes invalid do not count as a
 * failure of the device: other work on it continues.
 *
 * @param what purpose of the buffers, for the error
 * @param make must be synchronous: errors are caught by WebGPU's error scopes, which are shared
 */
export function allocate<T>(
  gpu: Gpu,
  what: string,
  make: (create: CreateBuffer) => T,
): Allocation<T> {
  const { device } = gpu;
  const buffers: GPUBuffer[] = [];
  let bytes = 0;
  const create: CreateBuffer = (descriptor) => {
    bytes += descriptor.size;
    const buffer = device.createBuffer(descriptor);
    buffers.push(buffer);
    return buffer;
  };
  const free = () => buffers.forEach((buffer) => buffer.destroy());
  const scopes = ['validation', 'out-of-memory'] as const;
  for (const scope of scopes) device.pushErrorScope(scope);
  // nothing to report for a lost device: the loss is reported elsewhere
  const pop = () => device.popErrorScope().catch(() => null);
  try {
    const made = make(create);
    const answers = Promise.all([pop(), pop()]);
    const granted = answers.then(([refused, invalid]) => {
      if (refused) {
        free();
        throw new MemoryRefusal(what, bytes, gpu.advice.memory, { cause: refused });
      }
      if (invalid) gpu.report(invalid);
    });
    return { made, granted };
  } catch (error) {
    scopes.forEach(() => void pop());
    free();
    throw error;
  }
}

/**
 * `allocate`, then waits for the device's answer; `make` runs before this returns its promise.
 *
 * @throws MemoryRefusal
 */
export async function allocating<T>(
  gpu: Gpu,
  what: string,
  make: (create: CreateBuffer) => T,
): Promise<T> {
  const { made, granted } = allocate(gpu, what, make);
  await granted;
  return made;
}
