import type { ModelConfig } from '../core/config.js';
import { AdapterError, DispatchSizeError } from '../core/errors.js';
import type { MemoryRefusal } from '../gpu/memory.js';
import type { GPUSupportedLimits } from '../gpu/webgpu.js';
import { formatBytes } from '../graph/print.js';
import type { Program } from '../graph/types.js';
import type { BatchCapacity } from '../network/time.js';
import type { KernelPlan } from '../plan/plan.js';
import { sizeOf, splitRows, type Split } from './batch.js';

export type BuildProgram = (
  model: ModelConfig,
  plan: KernelPlan,
  capacity: BatchCapacity,
) => Program;

/** Limits the size of a session's programs: by the adapter, the caller's budget, and what the device allows. */
export class MemoryLimit {
  /** Most bytes, learned from refusals of the device: half of the refused size. */
  #learned = Infinity;
  /** Most frames of a microbatch, by the batch's size. */
  readonly #splits = new Map<string, number>();
  #told = false;

  /**
   * @param asked most bytes that the caller allows
   * @param fixedBytes bytes that the session holds whatever the batch
   */
  constructor(
    private readonly limits: GPUSupportedLimits,
    private readonly asked: number | undefined,
    private readonly fixedBytes: () => number,
    private readonly programOf: (build: BuildProgram, capacity: BatchCapacity) => Program,
    private readonly log: ((line: string) => void) | undefined,
  ) {}

  /** Most bytes of all programs together. */
  get bytes(): number {
    return Math.min(this.asked ?? Infinity, this.#learned);
  }

  /** Whether a capacity's program is within the limit. */
  fits(build: BuildProgram, capacity: BatchCapacity): boolean {
    return this.#fits(build, capacity, this.bytes);
  }

  /**
   * How a batch is split so that a program fits each microbatch: the single place that decides it, for
   * training and for all code about its steps.
   *
   * @throws AdapterError if not even the longest utterance fits
   */
  split(build: BuildProgram, lengths: Int32Array): Split {
    const whole = sizeOf(lengths, [...lengths.keys()]);
    return splitRows(lengths, this.#mostFrames(build, whole));
  }

  /** Most frames of a microbatch so that its program fits; Infinity if the whole batch fits. */
  #mostFrames(build: BuildProgram, whole: BatchCapacity): number {
    const key = [build.name, whole.utterances, whole.longest, whole.frames].join();
    const known = this.#splits.get(key);
    if (known !== undefined) return known;
    const most = this.#findMostFrames(build, whole);
    this.#splits.set(key, most);
    return most;
  }

  /** Call when the device has refused the program of a capacity: from now on half of it is the limit. */
  halve(build: BuildProgram, capacity: BatchCapacity): void {
    const program = this.programOf(build, capacity);
    this.#learned = Math.min(this.#learned, this.fixedBytes() + batchBytes(program) / 2);
    this.#splits.clear();
  }

  /** Logs, once, that a refusal has split a batch. */
  tell({ bytes }: MemoryRefusal, microbatches: number, frames: number): void {
    if (this.#told) return;
    this.#told = true;
    this.log?.(
      `the GPU refused ${formatBytes(bytes)}: batches are split, this one into ${microbatches} microbatches of at ` +
        `most ${frames.toLocaleString('en-GB')} frames`,
    );
  }

  #findMostFrames(build: BuildProgram, whole: BatchCapacity): number {
    const fits = (frames: number) => this.fits(build, { ...whole, frames });
    if (fits(whole.frames)) return Infinity;
    const { longest } = whole;
    if (!fits(longest)) {
      // the learned limit is a guess: for a single utterance, let the device decide
      if (this.#fits(build, { ...whole, frames: longest }, this.asked ?? Infinity)) return longest;
      throw new AdapterError(
        `an utterance of ${longest} frames does not fit ` +
          (this.asked === undefined ? 'the adapter' : `the memory budget of ${this.asked} bytes`),
        `use ${this.asked === undefined ? '' : 'a larger --memory-budget, '}fewer units or shorter recordings`,
      );
    }
    let low = longest;
    let high = whole.frames;
    while (high - low > Math.max(1, low / 50)) {
      const middle = Math.floor((low + high) / 2);
      if (fits(middle)) low = middle;
      else high = middle;
    }
    return low;
  }

  #fits(build: BuildProgram, capacity: BatchCapacity, most: number): boolean {
    const { maxBufferSize, maxStorageBufferBindingSize } = this.limits;
    try {
      const program = this.programOf(build, capacity);
      const largest = Math.max(...program.buffers.map(({ bytes }) => bytes));
      return (
        largest <= Math.min(maxBufferSize, maxStorageBufferBindingSize) &&
        batchBytes(program) + this.fixedBytes() <= most
      );
    } catch (error) {
      if (error instanceof DispatchSizeError) return false;
      throw error;
    }
  }
}

/** Bytes of a program that depend on its batch. */
function batchBytes({ buffers }: Program): number {
  return buffers
    .filter(({ kind }) => kind !== 'persistent')
    .reduce((sum, { bytes }) => sum + bytes, 0);
}
