import { AdapterError } from '../core/errors.js';
import { USAGE } from './buffers.js';
import type { Gpu } from './device.js';
import { allocating, type CreateBuffer } from './memory.js';

/**
 * Reads what commands write to a buffer; they are submitted before this returns its promise.
 *
 * @param encode writes the commands; buffers that it creates are freed at the end
 * @param take gets the buffer's bytes, which are valid only until it returns
 * @throws MemoryRefusal; DeviceLostError; AdapterError if the device does not return its results
 */
export async function readBack<T>(
  gpu: Gpu,
  bytes: number,
  encode: (encoder: GPUCommandEncoder, into: GPUBuffer, create: CreateBuffer) => void,
  take: (mapped: ArrayBuffer) => T,
): Promise<T> {
  const made: GPUBuffer[] = [];
  const { staging, mapped } = await allocating(gpu, 'reading results back', (create) => {
    const own: CreateBuffer = (descriptor) => {
      const buffer = create(descriptor);
      made.push(buffer);
      return buffer;
    };
    const size = Math.max(16, bytes);
    const usage = USAGE.MAP_READ | USAGE.COPY_DST;
    const staging = own({ label: 'readback', size, usage });
    const encoder = gpu.device.createCommandEncoder({ label: 'readback' });
    encode(encoder, staging, own);
    gpu.device.queue.submit([encoder.finish()]);
    const mapped = staging.mapAsync(1); // GPUMapMode.READ
    mapped.catch(() => undefined); // if the memory is refused, nobody waits for it
    return { staging, mapped };
  });
  try {
    await whenMapped(gpu, mapped);
    return take(staging.getMappedRange());
  } finally {
    for (const buffer of made) buffer.destroy();
  }
}

/**
 * Waits until a buffer is mapped.
 *
 * @throws DeviceLostError; AdapterError if the device does not return its results
 */
export async function whenMapped(gpu: Gpu, mapped: Promise<undefined>): Promise<void> {
  await gpu.wait(mapped).catch(async (error: unknown) => {
    await gpu.checkLoss();
    throw new AdapterError('the GPU did not return its results', '', { cause: error });
  });
  gpu.check();
}

/** Copies parts of buffers to the host; waits for the GPU. */
export async function readBuffers(
  gpu: Gpu,
  ranges: readonly { buffer: GPUBuffer; offset?: number; bytes: number }[],
): Promise<ArrayBuffer[]> {
  const total = ranges.reduce((sum, { bytes }) => sum + bytes, 0);
  const copy = (encoder: GPUCommandEncoder, into: GPUBuffer) => {
    let at = 0;
    for (const { buffer, offset = 0, bytes } of ranges) {
      encoder.copyBufferToBuffer(buffer, offset, into, at, bytes);
      at += bytes;
    }
  };
  return readBack(gpu, total, copy, (mapped) => {
    let from = 0;
    return ranges.map(({ bytes }) => mapped.slice(from, (from += bytes)));
  });
}
