import { UsageError } from '../core/errors.js';
import { USAGE } from './buffers.js';
import type { Gpu } from './device.js';
import { allocating } from './memory.js';
import { whenMapped } from './readback.js';

/** Most readings in flight. */
const MOST_READINGS = 8;

/** Reads a few bytes from time to time into memory allocated at the start, so no reading can be refused. */
export class StandingReadback {
  #destroyed = false;

  private constructor(
    private readonly gpu: Gpu,
    private readonly bytes: number,
    /** Unused staging buffers. */
    private readonly free: GPUBuffer[],
  ) {}

  /**
   * @param bytes most bytes of a reading
   * @throws MemoryRefusal
   */
  static async create(gpu: Gpu, bytes: number): Promise<StandingReadback> {
    const descriptor = { label: 'readback', size: bytes, usage: USAGE.MAP_READ | USAGE.COPY_DST };
    const free = await allocating(gpu, 'reading losses back', (create) =>
      Array.from({ length: MOST_READINGS }, () => create(descriptor)),
    );
    return new StandingReadback(gpu, bytes, free);
  }

  /**
   * Reads a buffer's beginning after everything submitted so far; what is submitted after this has
   * returned its promise, such as a write to the buffer, has no effect on it.
   *
   * @throws UsageError at once if there are too many readings; rejects with DeviceLostError, or AdapterError
   *   if the device does not return its results
   */
  read(buffer: GPUBuffer, bytes = this.bytes): Promise<Float32Array<ArrayBuffer>> {
    const staging = this.free.pop();
    if (staging === undefined) {
      throw new UsageError(
        `${MOST_READINGS} readings of losses are already in flight`,
        'Wait for one of them to finish first.',
      );
    }
    const { device } = this.gpu;
    const encoder = device.createCommandEncoder({ label: 'readback' });
    encoder.copyBufferToBuffer(buffer, 0, staging, 0, bytes);
    device.queue.submit([encoder.finish()]);
    return this.#take(staging, staging.mapAsync(1), bytes); // GPUMapMode.READ
  }

  /** Frees the memory; for readings in flight, once they are done. */
  destroy(): void {
    this.#destroyed = true;
    for (const staging of this.free.splice(0)) staging.destroy();
  }

  async #take(
    staging: GPUBuffer,
    mapped: Promise<undefined>,
    bytes: number,
  ): Promise<Float32Array<ArrayBuffer>> {
    try {
      await whenMapped(this.gpu, mapped);
      return new Float32Array(staging.getMappedRange().slice(0, bytes));
    } finally {
      staging.unmap();
      if (this.#destroyed) staging.destroy();
      else this.free.push(staging);
    }
  }
}
