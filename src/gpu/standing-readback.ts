import { UsageError } from '../core/errors.js';
import { USAGE } from './buffers.js';
import type { Gpu } from './device.js';
import { allocating } from './memory.js';
import { whenMapped } from './readback.js';

/** Readings that may be under way at once. */
const MOST_READINGS = 8;

/** Reads a few bytes now and then into memory that it was given at the start: no reading can be refused. */
export class StandingReadback {
  #destroyed = false;

  private constructor(
    private readonly gpu: Gpu,
    private readonly bytes: number,
    /** Those that no reading uses. */
    private readonly free: GPUBuffer[],
  ) {}

  /**
   * @param bytes most of a reading
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
   * A buffer's beginning as it is after everything submitted so far; what is submitted once this has
   * returned its promise, such as a write to the buffer, does not change it.
   *
   * @throws UsageError at once for one reading too many; rejects with DeviceLostError, or AdapterError
   *   where the device does not give its results back
   */
  read(buffer: GPUBuffer, bytes = this.bytes): Promise<Float32Array<ArrayBuffer>> {
    const staging = this.free.pop();
    if (staging === undefined) {
      throw new UsageError(
        `${MOST_READINGS} readings of losses are under way`,
        'Wait for one of them before the next.',
      );
    }
    const { device } = this.gpu;
    const encoder = device.createCommandEncoder({ label: 'readback' });
    encoder.copyBufferToBuffer(buffer, 0, staging, 0, bytes);
    device.queue.submit([encoder.finish()]);
    return this.#take(staging, staging.mapAsync(1), bytes); // GPUMapMode.READ
  }

  /** Frees the memory, that of readings under way once they are done. */
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
