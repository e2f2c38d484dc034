import { AdapterError } from '../core/errors.js';
import { formatBytes } from '../graph/print.js';
import type { Gpu } from './device.js';
import type { GPUBuffer, GPUBufferDescriptor } from './webgpu.js';

/** The device refused memory: a smaller program may still fit. */
export class MemoryRefusal extends AdapterError {
  constructor(
    what: string,
    /** What was asked for. */
    readonly bytes: number,
    hint: string,
    options?: ErrorOptions,
  ) {
    super(`the GPU has no memory for ${what}: it refused ${formatBytes(bytes)}`, hint, options);
  }
}

export type CreateBuffer = (descriptor: GPUBufferDescriptor) => GPUBuffer;

/** What was made of new buffers, before the device has said whether it has the memory. */
export interface Allocation<T> {
  readonly made: T;
  /** Rejects with a MemoryRefusal where it has not: the buffers are freed then. */
  readonly granted: Promise<void>;
}

/**
 * Makes buffers, and does what is to be done with them at once. Commands that a refusal makes void are no
 * failure of the device: what else runs on it goes on.
 *
 * @param what the buffers are for, for the error
 * @param make must not wait: errors are caught by WebGPU's scopes, which belong to everybody
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
  // of a device that is gone there is nothing to say: the loss is told elsewhere
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
 * `allocate`, waiting for the device's answer; `make` runs before this returns its promise.
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
