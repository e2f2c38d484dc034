import { AdapterError } from '../core/errors.js';
import type { BufferPlan, Program } from '../graph/types.js';
import type { Gpu } from './device.js';
import { allocate, allocating, type CreateBuffer } from './memory.js';
import type { GPUBuffer } from './webgpu.js';

/** Values of GPUBufferUsage: Node has no such global. */
export const USAGE = {
  MAP_READ: 0x1,
  COPY_SRC: 0x4,
  COPY_DST: 0x8,
  UNIFORM: 0x40,
  STORAGE: 0x80,
  QUERY_RESOLVE: 0x200,
} as const;

/**
 * The buffers of one device: named buffers are shared by all programs that name them; transient ones
 * are lent to the programs, of which one runs at a time.
 */
export class BufferPool {
  readonly #named = new Map<string, GPUBuffer>();
  readonly #transient: GPUBuffer[] = [];
  /** Pending answers of the device for named buffers; and the first that it refused. */
  #pending: Promise<void> | undefined;
  #refused: AdapterError | undefined;

  constructor(readonly gpu: Gpu) {}

  /** Bytes of all buffers held. */
  get bytes(): number {
    return [...this.#named.values(), ...this.#transient].reduce((sum, { size }) => sum + size, 0);
  }

  /**
   * A storage buffer by name; recreated without its contents if it was too small. If the device
   * refuses the memory, `settled` throws.
   */
  named(name: string, bytes: number): GPUBuffer {
    return this.#with(name, bytes, (buffer) => buffer);
  }

  /** Writes the beginning of a storage buffer by name, created as by `named`. */
  write(name: string, data: Float32Array<ArrayBuffer>, bytes = data.byteLength): void {
    this.#with(name, bytes, (buffer) => this.gpu.device.queue.writeBuffer(buffer, 0, data));
  }

  /** Whether `settled` would wait or throw. */
  get unsettled(): boolean {
    return this.#pending !== undefined || this.#refused !== undefined;
  }

  /**
   * Waits until the device has answered for all named buffers.
   *
   * @throws AdapterError if it had no memory for one, and at every later call: the contents are lost
   */
  async settled(): Promise<void> {
    await this.#pending;
    if (this.#refused) throw this.#refused;
  }

  /**
   * Buffers for a program's plan, in its order. If they are refused, no new ones are kept.
   *
   * @throws MemoryRefusal
   */
  async forPlan({ name, buffers }: Pick<Program, 'name' | 'buffers'>): Promise<GPUBuffer[]> {
    const made = new Set<GPUBuffer>();
    try {
      return await allocating(this.gpu, `the program ${name}`, (create) =>
        this.#lend(buffers, (descriptor) => {
          const buffer = create(descriptor);
          made.add(buffer);
          return buffer;
        }),
      );
    } catch (error) {
      for (const [name, buffer] of this.#named) if (made.has(buffer)) this.#named.delete(name);
      this.#transient.splice(0, Infinity, ...this.#transient.filter((own) => !made.has(own)));
      throw error;
    }
  }

  /** Frees the transient buffers, for programs of another capacity. */
  dropTransient(): void {
    for (const buffer of this.#transient.splice(0)) buffer.destroy();
  }

  destroy(): void {
    this.dropTransient();
    for (const buffer of this.#named.values()) buffer.destroy();
    this.#named.clear();
  }

  /** Assigns each buffer of a plan: the smallest that is large enough, or else a new one. */
  #lend(plan: readonly BufferPlan[], create: CreateBuffer): GPUBuffer[] {
    const taken = new Set<GPUBuffer>();
    const lent = (bytes: number): GPUBuffer => {
      const fits = this.#transient
        .filter((buffer) => buffer.size >= bytes && !taken.has(buffer))
        .sort((a, b) => a.size - b.size)[0];
      const buffer = fits ?? create(this.#storage('transient', bytes));
      if (!fits) this.#transient.push(buffer);
      taken.add(buffer);
      return buffer;
    };
    return plan.map(({ name, kind, bytes }) =>
      kind === 'transient'
        ? lent(bytes)
        : (this.#known(name, bytes) ?? this.#replace(name, create(this.#storage(name, bytes)))),
    );
  }

  /** Uses a buffer by name; a new one before the device has granted it. */
  #with<T>(name: string, bytes: number, use: (buffer: GPUBuffer) => T): T {
    const known = this.#known(name, bytes);
    if (known) return use(known);
    const descriptor = this.#storage(name, bytes);
    const { made, granted } = allocate(this.gpu, `buffer '${name}'`, (create) =>
      use(this.#replace(name, create(descriptor))),
    );
    const answered = granted.catch(({ message, hint }: AdapterError) => {
      // not a MemoryRefusal, which would mean that a smaller program helps
      this.#refused ??= new AdapterError(message, hint);
    });
    const pending = Promise.all([this.#pending, answered]).then(() => {
      if (this.#pending === pending) this.#pending = undefined;
    });
    this.#pending = pending;
    return made;
  }

  #known(name: string, bytes: number): GPUBuffer | undefined {
    const known = this.#named.get(name);
    return known && known.size >= bytes ? known : undefined;
  }

  #replace(name: string, buffer: GPUBuffer): GPUBuffer {
    this.#named.get(name)?.destroy();
    this.#named.set(name, buffer);
    return buffer;
  }

  #storage(label: string, bytes: number): GPUBufferDescriptor {
    const { maxBufferSize, maxStorageBufferBindingSize } = this.gpu.limits;
    const most = Math.min(maxBufferSize, maxStorageBufferBindingSize);
    if (bytes > most) {
      throw new AdapterError(
        `buffer '${label}' needs ${bytes} bytes, but the adapter binds at most ${most}`,
        'use fewer units or a smaller --memory-budget, so that batches are split further',
      );
    }
    return {
      label,
      size: Math.max(16, Math.ceil(bytes / 16) * 16),
      usage: USAGE.STORAGE | USAGE.COPY_SRC | USAGE.COPY_DST,
    };
  }
}
