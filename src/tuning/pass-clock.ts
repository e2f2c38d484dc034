import { USAGE } from '../gpu/buffers.js';
import type { Gpu } from '../gpu/device.js';
import type { Executable, PassSink } from '../gpu/executable.js';
import { readBack } from '../gpu/readback.js';
import { MOST_QUERIES } from '../gpu/trace.js';

/** Times some passes of a program, with timestamps if the adapter has them. */
export class PassClock {
  readonly #queries: GPUQuerySet | undefined;

  constructor(private readonly gpu: Gpu) {
    if (!gpu.features.has('timestamp-query')) return;
    this.#queries = gpu.device.createQuerySet({ type: 'timestamp', count: MOST_QUERIES });
  }

  /**
   * Milliseconds that the passes take one after the other, with the latest scalars: the mean over
   * `repeats` in one command buffer.
   */
  async time(executable: Executable, passes: readonly number[], repeats: number): Promise<number> {
    const { device } = this.gpu;
    const sink = new TimedSink(device.createCommandEncoder(), this.#queries);
    for (let i = 0; i < repeats; i++) {
      for (const index of passes) executable.encode(sink, index, index + 1);
    }
    const [encoder, stamps] = sink.finish();
    const commands = encoder.finish();
    const began = performance.now();
    device.queue.submit([commands]);
    await this.gpu.wait(device.queue.onSubmittedWorkDone());
    const byHost = performance.now() - began;
    this.gpu.check();
    const byDevice = stamps > 0 ? await this.#span(stamps) : 0;
    return (byDevice > 0 ? byDevice : byHost) / repeats;
  }

  destroy(): void {
    this.#queries?.destroy();
  }

  /** Milliseconds from the first to the last of `count` timestamps. */
  async #span(count: number): Promise<number> {
    const queries = this.#queries;
    if (queries === undefined) return 0;
    const size = count * 8;
    return readBack(
      this.gpu,
      size,
      (encoder, into, create) => {
        const resolved = create({ size, usage: USAGE.QUERY_RESOLVE | USAGE.COPY_SRC });
        encoder.resolveQuerySet(queries, 0, count, resolved, 0);
        encoder.copyBufferToBuffer(resolved, 0, into, 0, size);
      },
      (mapped) => {
        const times = new BigUint64Array(mapped);
        return Number((times.at(-1) ?? 0n) - (times[0] ?? 0n)) / 1e6;
      },
    );
  }
}

/** Consecutive dispatches share a compute pass, as in training; each compute pass is timed. */
class TimedSink implements PassSink {
  #pass: GPUComputePassEncoder | undefined;
  #stamps = 0;

  constructor(
    private readonly encoder: GPUCommandEncoder,
    private readonly queries: GPUQuerySet | undefined,
  ) {}

  dispatch(): GPUComputePassEncoder {
    this.#pass ??= this.encoder.beginComputePass(this.#timed());
    return this.#pass;
  }

  clear(): GPUCommandEncoder {
    this.#end();
    return this.encoder;
  }

  /** The commands, and the number of timestamps that they write; 0 if there was no room for all. */
  finish(): [GPUCommandEncoder, number] {
    this.#end();
    return [this.encoder, this.#stamps <= MOST_QUERIES ? this.#stamps : 0];
  }

  #timed(): GPUComputePassDescriptor {
    if (this.queries === undefined) return {};
    const at = this.#stamps;
    this.#stamps += 2;
    if (at + 2 > MOST_QUERIES) return {};
    return {
      timestampWrites: {
        querySet: this.queries,
        beginningOfPassWriteIndex: at,
        endOfPassWriteIndex: at + 1,
      },
    };
  }

  #end(): void {
    this.#pass?.end();
    this.#pass = undefined;
  }
}
