import type { ModelConfig } from '../core/config.js';
import { AdapterError, ConfigError, GraphError } from '../core/errors.js';
import { BufferPool, readBuffers } from '../gpu/buffers.js';
import type { Engine } from '../gpu/engine.js';
import { Executable } from '../gpu/executable.js';
import { Executor } from '../gpu/executor.js';
import type { Program } from '../graph/types.js';
import type { BatchCapacity } from '../network/context.js';
import {
  layoutParameters,
  packParameters,
  unpackParameters,
  type ParameterLayout,
} from '../network/parameters.js';
import { choosePlan, type KernelPlan, type Precision } from '../network/plan.js';
import { inferenceProgram } from '../network/programs.js';
import { BatchPacker, checkBatch, sizeOf, splitRows, type PackedBatch } from './batch.js';
import { Gatherer, type FrameValues } from './gather.js';
import { planTraits } from './plan-traits.js';
import type { FrameBatch, Inference, Tensors } from './types.js';

export interface SessionOptions {
  /** Parameters by SPEC name, in PyTorch's shapes. */
  readonly parameters: Tensors;
  /** Storage of activations, where `plan` does not say it. f16 needs the adapter's shader-f16. Default f32. */
  readonly precision?: Precision | undefined;
  /** Default: chosen for the adapter. */
  readonly plan?: KernelPlan | undefined;
  /** Most bytes of GPU buffers; a batch that needs more is split. Default: what the adapter binds. */
  readonly memoryBudget?: number | undefined;
}

type BuildProgram = (model: ModelConfig, plan: KernelPlan, capacity: BatchCapacity) => Program;

/** A model on a device: its parameters, and inference with them. Training adds to it. */
export class NetworkSession {
  readonly plan: KernelPlan;
  protected readonly layout: ParameterLayout;
  protected readonly pool: BufferPool;
  protected readonly executor: Executor;
  protected readonly packer = new BatchPacker();
  readonly #programs = new Map<BuildProgram, Executable>();
  /** What all programs are made for: their inputs and lent buffers are the same. */
  #capacity: BatchCapacity = { frames: 0, utterances: 0, longest: 0 };
  /** Most frames of a part, by the batch's size. */
  readonly #splits = new Map<string, number>();

  protected constructor(
    protected readonly engine: Engine,
    readonly model: ModelConfig,
    protected readonly options: SessionOptions,
  ) {
    const { adapter } = engine.gpu;
    this.plan = options.plan ?? choosePlan(model, planTraits(engine.gpu), options.precision);
    if (this.plan.precision === 'f16' && !engine.gpu.features.has('shader-f16')) {
      throw new ConfigError(
        `adapter ${adapter.name} cannot store in half precision: it lacks shader-f16`,
        'use --precision f32, or choose another --adapter',
      );
    }
    this.layout = layoutParameters(model);
    this.pool = new BufferPool(engine.gpu);
    this.executor = new Executor(engine.gpu);
    this.writeFlat('parameters', packParameters(this.layout, options.parameters));
  }

  /** Bytes of GPU buffers held. */
  get bytes(): number {
    return this.pool.bytes;
  }

  /** The parameters as they are after everything submitted; waits for the GPU. */
  async parameters(): Promise<Tensors> {
    return (await this.readFlat(['parameters']))[0] ?? {};
  }

  /**
   * Probabilities, logits and attention of a batch in any order of rows; waits for the GPU.
   * Throws ConfigError for a batch that does not fit the model.
   */
  predict(batch: FrameBatch): Promise<Inference> {
    return this.infer(inferenceProgram, batch);
  }

  /** `predict` by a program that computes at least what the inference program does. */
  protected async infer(
    build: BuildProgram,
    batch: FrameBatch,
    more?: FrameValues,
  ): Promise<Inference> {
    checkBatch(this.model, batch);
    const gatherer = new Gatherer(this.model, batch.lengths, more);
    for (const rows of this.partition(build, batch.lengths)) {
      const packed = this.packer.pack(this.model, batch, rows);
      const executable = await this.executable(build, packed.size);
      this.upload(executable, packed);
      await this.executor.run([{ executable, scalars: { ...packed.size } }]);
      await gatherer.take(executable, packed);
    }
    return gatherer.result;
  }

  /** Frees the session's buffers; the engine stays open. */
  destroy(): void {
    for (const executable of this.#programs.values()) executable.destroy();
    this.#programs.clear();
    this.pool.destroy();
  }

  /** Rows of each part that a batch is split into so that the program's memory fits. */
  protected partition(build: BuildProgram, lengths: Int32Array): number[][] {
    const whole = sizeOf(lengths, [...lengths.keys()]);
    return splitRows(lengths, this.#mostFrames(build, whole));
  }

  /** The program for batches up to `size`; kept, and made anew only where the session has to grow. */
  protected async executable(build: BuildProgram, size: BatchCapacity): Promise<Executable> {
    const known = this.#programs.get(build);
    if (known && holds(this.#capacity, size)) return known;
    const grown = larger(this.#capacity, size);
    const capacity = this.#fits(build, grown) ? grown : size;
    // inputs and lent buffers of another size are made anew, and with them what binds them
    if (!holds(this.#capacity, capacity) || !holds(capacity, this.#capacity)) {
      await this.#dropPrograms();
    }
    this.#capacity = capacity;
    const made = await this.#make(build);
    if (this.#programs.size === 1 || this.bytes <= (this.options.memoryBudget ?? Infinity)) {
      return made;
    }
    await this.#dropPrograms(); // together they are too large: they take turns
    return this.#make(build);
  }

  async #make(build: BuildProgram): Promise<Executable> {
    const { gpu, pipelines } = this.engine;
    const program = build(this.model, this.plan, this.#capacity);
    const made = await Executable.create(gpu, pipelines, this.pool, program);
    this.#programs.set(build, made);
    return made;
  }

  async #dropPrograms(): Promise<void> {
    await this.executor.idle();
    for (const executable of this.#programs.values()) executable.destroy();
    this.#programs.clear();
    this.pool.dropTransient();
  }

  protected upload(executable: Executable, packed: PackedBatch): void {
    executable.write('features', packed.features);
    executable.write('places', packed.places);
    executable.write('ranges', packed.ranges);
  }

  protected writeFlat(name: string, flat: Float32Array<ArrayBuffer>): void {
    const buffer = this.pool.named(name, this.layout.size * 4);
    this.engine.gpu.device.queue.writeBuffer(buffer, 0, flat);
  }

  /** Flat buffers in the parameters' layout, as named tensors. */
  protected async readFlat(names: readonly string[]): Promise<Tensors[]> {
    const bytes = this.layout.size * 4;
    const ranges = names.map((name) => ({ buffer: this.pool.named(name, bytes), bytes }));
    const read = await readBuffers(this.engine.gpu, ranges);
    return read.map((data) => unpackParameters(this.layout, new Float32Array(data)));
  }

  /** Bytes that this session holds whatever the batch: parameters, and what training adds. */
  protected fixedBytes(): number {
    return this.layout.size * 4;
  }

  /** Most frames of a part so that its program fits adapter and budget; Infinity where the whole does. */
  #mostFrames(build: BuildProgram, whole: BatchCapacity): number {
    if (this.#programs.has(build) && holds(this.#capacity, whole)) return Infinity;
    const key = [build.name, whole.utterances, whole.longest, whole.frames].join();
    const known = this.#splits.get(key);
    if (known !== undefined) return known;
    const most = this.#findMostFrames(build, whole);
    this.#splits.set(key, most);
    return most;
  }

  #findMostFrames(build: BuildProgram, whole: BatchCapacity): number {
    const { memoryBudget } = this.options;
    const fits = (frames: number) => this.#fits(build, { ...whole, frames });
    if (fits(whole.frames)) return Infinity;
    if (!fits(whole.longest)) {
      throw new AdapterError(
        `an utterance of ${whole.longest} frames does not fit ` +
          (memoryBudget === undefined
            ? 'the adapter'
            : `the memory budget of ${memoryBudget} bytes`),
        'use a larger --memory-budget, fewer units or shorter recordings',
      );
    }
    let low = whole.longest;
    let high = whole.frames;
    while (high - low > Math.max(1, low / 50)) {
      const middle = Math.floor((low + high) / 2);
      if (fits(middle)) low = middle;
      else high = middle;
    }
    return low;
  }

  /** Whether adapter and budget hold the program of a capacity. */
  #fits(build: BuildProgram, capacity: BatchCapacity): boolean {
    const { maxBufferSize, maxStorageBufferBindingSize } = this.engine.gpu.limits;
    try {
      const program = build(this.model, this.plan, capacity);
      const largest = Math.max(...program.buffers.map(({ bytes }) => bytes));
      const batch = program.buffers
        .filter(({ kind }) => kind !== 'persistent')
        .reduce((sum, { bytes }) => sum + bytes, 0);
      return (
        largest <= Math.min(maxBufferSize, maxStorageBufferBindingSize) &&
        batch + this.fixedBytes() <= (this.options.memoryBudget ?? Infinity)
      );
    } catch (error) {
      if (error instanceof GraphError) return false; // more workgroups than WebGPU dispatches
      throw error;
    }
  }
}

/** Whether a batch of `size` fits into `capacity`. */
function holds(capacity: BatchCapacity, size: BatchCapacity): boolean {
  return (
    size.frames <= capacity.frames &&
    size.utterances <= capacity.utterances &&
    size.longest <= capacity.longest
  );
}

function larger(a: BatchCapacity, b: BatchCapacity): BatchCapacity {
  return {
    frames: Math.max(a.frames, b.frames),
    utterances: Math.max(a.utterances, b.utterances),
    longest: Math.max(a.longest, b.longest),
  };
}
