import { AdapterError } from '../core/errors.js';
import type { BufferPlan } from '../graph/types.js';
import type { Gpu } from './device.js';

/** GPUBufferUsage by value: Node has no such global. */
export const USAGE = {
  MAP_READ: 0x1,
  COPY_SRC: 0x4,
  COPY_DST: 0x8,
  UNIFORM: 0x40,
  STORAGE: 0x80,
  QUERY_RESOLVE: 0x200,
} as const;

/**
 * The buffers of one device: those with a name are shared by every program that names them, those
 * without are lent to the programs, of which one runs at a time.
 */
export class BufferPool {
  readonly #named = new Map<string, GPUBuffer>();
  readonly #transient: GPUBuffer[] = [];

  constructor(readonly gpu: Gpu) {}

  /** Bytes of all buffers held. */
  get bytes(): number {
    return [...this.#named.values(), ...this.#transient].reduce((sum, { size }) => sum + size, 0);
  }

  /** A storage buffer by name; made anew, its contents lost, where it was smaller. */
  named(name: string, bytes: number): GPUBuffer {
    const known = this.#named.get(name);
    if (known && known.size >= bytes) return known;
    known?.destroy();
    const buffer = this.#create(name, bytes);
    this.#named.set(name, buffer);
    return buffer;
  }

  /** Buffers for a program's plan, in its order. */
  forPlan(plan: readonly BufferPlan[]): GPUBuffer[] {
    const taken = new Set<GPUBuffer>();
    const lend = (bytes: number): GPUBuffer => {
      const fits = this.#transient
        .filter((buffer) => buffer.size >= bytes && !taken.has(buffer))
        .sort((a, b) => a.size - b.size)[0];
      const buffer = fits ?? this.#create('transient', bytes);
      if (!fits) this.#transient.push(buffer);
      taken.add(buffer);
      return buffer;
    };
    return plan.map(({ name, kind, bytes }) =>
      kind === 'transient' ? lend(bytes) : this.named(name, bytes),
    );
  }

  /** Gives up the lent buffers, for programs of another capacity. */
  dropTransient(): void {
    for (const buffer of this.#transient.splice(0)) buffer.destroy();
  }

  destroy(): void {
    this.dropTransient();
    for (const buffer of this.#named.values()) buffer.destroy();
    this.#named.clear();
  }

  #create(label: string, bytes: number): GPUBuffer {
    const { maxBufferSize, maxStorageBufferBindingSize } = this.gpu.limits;
    const most = Math.min(maxBufferSize, maxStorageBufferBindingSize);
    if (bytes > most) {
      throw new AdapterError(
        `buffer '${label}' needs ${bytes} bytes, the adapter binds at most ${most}`,
        'use fewer units or a smaller --memory-budget, so that batches are split further',
      );
    }
    return this.gpu.device.createBuffer({
      label,
      size: Math.max(16, Math.ceil(bytes / 16) * 16),
      usage: USAGE.STORAGE | USAGE.COPY_SRC | USAGE.COPY_DST,
    });
  }
}

/** Copies ranges of buffers to the host; waits for the GPU. */
export async function readBuffers(
  gpu: Gpu,
  ranges: readonly { buffer: GPUBuffer; offset?: number; bytes: number }[],
): Promise<ArrayBuffer[]> {
  const total = ranges.reduce((sum, { bytes }) => sum + bytes, 0);
  const staging = gpu.device.createBuffer({
    label: 'readback',
    size: Math.max(16, total),
    usage: USAGE.MAP_READ | USAGE.COPY_DST,
  });
  try {
    const encoder = gpu.device.createCommandEncoder({ label: 'readback' });
    let at = 0;
    for (const { buffer, offset = 0, bytes } of ranges) {
      encoder.copyBufferToBuffer(buffer, offset, staging, at, bytes);
      at += bytes;
    }
    gpu.device.queue.submit([encoder.finish()]);
    await mapForReading(gpu, staging);
    const mapped = staging.getMappedRange();
    let from = 0;
    return ranges.map(({ bytes }) => mapped.slice(from, (from += bytes)));
  } finally {
    staging.destroy();
  }
}

/** How long the reason for a failure may be behind it. */
const LOSS_MS = 100;

/** Maps a buffer; a refusal because the device is gone becomes the device's own error. */
export async function mapForReading(gpu: Gpu, buffer: GPUBuffer): Promise<void> {
  try {
    await gpu.wait(buffer.mapAsync(1)); // GPUMapMode.READ
  } catch (error) {
    // Let the loss be reported first: a browser may take a moment.
    await Promise.race([gpu.lost, new Promise((resolve) => setTimeout(resolve, LOSS_MS))]);
    gpu.check();
    throw new AdapterError('the GPU did not give its results back', '', { cause: error });
  }
  gpu.check();
}
