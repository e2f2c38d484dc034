import type { Scalars } from '../graph/types.js';
import type { Gpu } from './device.js';
import type { Executable, PassSink } from './executable.js';
import type { Tracer } from './trace.js';
import type { GPUBuffer } from './webgpu.js';

/** Longest time that one submit should occupy the device, in milliseconds: well below any watchdog's limit. */
export const SUBMIT_LIMIT_MS = 250;
/** Most unfinished runs before the host waits: the GPU never idles, memory is bounded. */
const IN_FLIGHT = 2;
/** Fixed cost of a pass, in floating-point operations: small passes are not free. */
const PASS_OVERHEAD_FLOPS = 20_000;

/** A program to run. */
export interface ProgramRun {
  readonly executable: Executable;
  readonly scalars: Scalars;
  /** Only its first passes; default: all. */
  readonly passes?: number;
}

/**
 * Submits programs. A run is one command buffer, split at pass boundaries if it would occupy the device,
 * at its measured speed, for longer than SUBMIT_LIMIT_MS.
 */
export class Executor {
  /** Measured operations per millisecond; a low guess until the first run is done. */
  #rate: number;
  #unfinished: Promise<unknown>[] = [];
  #lastDone = 0;
  /** Submits of the latest run. */
  submits = 0;

  constructor(readonly gpu: Gpu) {
    this.#rate = gpu.adapter.software ? 1e6 : 1e8;
  }

  /**
   * Runs programs one after the other; resolves when they are submitted and there is room for more,
   * not when they are done.
   */
  async run(programs: readonly ProgramRun[], tracer?: Tracer): Promise<void> {
    this.gpu.check();
    const { device } = this.gpu;
    const started = performance.now();
    let total = 0;
    let held = 0;
    this.submits = 0;
    let sink = new EncoderSink(device, tracer);
    const submit = () => {
      device.queue.submit([sink.finish()]);
      this.submits++;
      held = 0;
    };
    for (const { executable, scalars, passes = executable.prepared.length } of programs) {
      executable.setScalars(scalars);
      for (let i = 0; i < passes; i++) {
        const cost = executable.flops(i) + PASS_OVERHEAD_FLOPS;
        if (held > 0 && (held + cost) / this.#rate > SUBMIT_LIMIT_MS) {
          submit();
          sink = new EncoderSink(device, tracer);
        }
        executable.encode(sink, i, i + 1);
        held += cost;
        total += cost;
      }
    }
    submit();
    this.#watch(started, total);
    while (this.#unfinished.length >= IN_FLIGHT) {
      await this.gpu.wait(this.#unfinished[0] ?? Promise.resolve());
    }
    this.gpu.check();
  }

  /**
   * Runs some passes of a program by themselves, with the latest scalars.
   *
   * @param clear buffers to zero first
   */
  runPasses(
    executable: Executable,
    from: number,
    to: number,
    clear: readonly GPUBuffer[] = [],
  ): void {
    this.gpu.check();
    const sink = new EncoderSink(this.gpu.device);
    for (const buffer of clear) sink.clear().clearBuffer(buffer);
    executable.encode(sink, from, to);
    this.gpu.device.queue.submit([sink.finish()]);
  }

  /** Resolves when everything submitted is done. */
  async idle(): Promise<void> {
    await this.gpu.wait(Promise.all(this.#unfinished));
    this.gpu.check();
  }

  #watch(started: number, flops: number): void {
    const done = this.gpu.device.queue.onSubmittedWorkDone().then(
      () => {
        const now = performance.now();
        // the device worked on this run since it was submitted, or since the previous one was done
        const elapsed = Math.max(now - Math.max(started, this.#lastDone), 0.01);
        this.#lastDone = now;
        this.#rate = flops / elapsed;
      },
      () => undefined, // the device is lost: `check` says so
    );
    const entry = done.finally(() => {
      this.#unfinished = this.#unfinished.filter((other) => other !== entry);
    });
    this.#unfinished.push(entry);
  }
}

/** One command encoder; consecutive dispatches share a compute pass, unless each is timed. */
class EncoderSink implements PassSink {
  readonly #encoder: GPUCommandEncoder;
  #pass: GPUComputePassEncoder | undefined;

  constructor(
    device: GPUDevice,
    readonly tracer?: Tracer,
  ) {
    this.#encoder = device.createCommandEncoder();
  }

  dispatch(name: string): GPUComputePassEncoder {
    const timestampWrites = this.tracer?.begin(name);
    if (timestampWrites) {
      this.#end();
      this.#pass = this.#encoder.beginComputePass({ label: name, timestampWrites });
    }
    this.#pass ??= this.#encoder.beginComputePass();
    return this.#pass;
  }

  clear(): GPUCommandEncoder {
    this.#end();
    return this.#encoder;
  }

  finish(): GPUCommandBuffer {
    this.#end();
    return this.#encoder.finish();
  }

  #end(): void {
    this.#pass?.end();
    this.#pass = undefined;
  }
}
