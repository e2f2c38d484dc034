import type { ModelConfig } from '../core/config.js';
import { AdapterError, ConfigError } from '../core/errors.js';
import { BufferPool } from '../gpu/buffers.js';
import type { Engine } from '../gpu/engine.js';
import { Executable } from '../gpu/executable.js';
import { Executor } from '../gpu/executor.js';
import { MemoryRefusal } from '../gpu/memory.js';
import { readBuffers } from '../gpu/readback.js';
import type { BatchCapacity } from '../network/time.js';
import type { ParameterLayout } from '../network/layout.js';
import { layoutParameters, packParameters, unpackParameters } from '../network/parameters.js';
import { choosePlan, type KernelPlan, type Precision } from '../plan/plan.js';
import { inferenceProgram } from '../network/programs.js';
import {
  BatchPacker,
  checkBatch,
  holds,
  larger,
  nothing,
  splitRows,
  type PackedBatch,
  type Split,
} from './batch.js';
import { Gatherer, type StepValues } from './gather.js';
import { MemoryLimit, type BuildProgram } from './memory-limit.js';
import { planTraits } from './plan-traits.js';
import type { FrameBatch, Inference, Tensors } from './types.js';

/** The parameters of a network, and how its session computes. */
export interface SessionOptions {
  /** Parameters by SPEC name, in PyTorch's shapes. */
  readonly parameters: Tensors;
  /** Storage type of activations, unless `plan` defines it. f16 needs the adapter's shader-f16. Default f32. */
  readonly precision?: Precision | undefined;
  /** Default: chosen for the adapter. */
  readonly plan?: KernelPlan | undefined;
  /**
   * Most bytes of GPU buffers; a batch that needs more is split. Default: the adapter's limit, and
   * less once the device refuses memory. Microbatches change the order of summation: results are
   * bit-identical only with the same microbatches, which a budget fixes but a refusal does not.
   */
  readonly memoryBudget?: number | undefined;
  /** Called once, with a line, when batches are split because the device has refused memory. */
  readonly log?: ((line: string) => void) | undefined;
}

/** A model on a device: its parameters, and inference with them. Training adds to it. */
export class NetworkSession {
  readonly plan: KernelPlan;
  protected readonly layout: ParameterLayout;
  protected readonly pool: BufferPool;
  protected readonly executor: Executor;
  protected readonly packer = new BatchPacker();
  readonly #programs = new Map<BuildProgram, Executable>();
  /** The capacity of all programs: they share inputs and transient buffers. */
  #capacity = nothing;
  readonly #limit: MemoryLimit;

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
    this.#limit = new MemoryLimit(
      engine.gpu.limits,
      options.memoryBudget,
      () => this.fixedBytes(),
      (build, capacity) => build(model, this.plan, capacity),
      options.log,
    );
    this.writeFlat('parameters', packParameters(this.layout, options.parameters));
  }

  /** Bytes of GPU buffers held. */
  get bytes(): number {
    return this.pool.bytes;
  }

  /** The parameters after everything submitted; waits for the GPU. */
  async parameters(): Promise<Tensors> {
    return (await this.readFlat(['parameters']))[0] ?? {};
  }

  /**
   * Probabilities, logits and attention of a batch in any order of rows; waits for the GPU.
   * Throws ConfigError for a batch that does not fit the model, AdapterError if the device refuses
   * the memory for the longest utterance alone.
   */
  predict(batch: FrameBatch): Promise<Inference> {
    return this.infer(inferenceProgram, batch);
  }

  /** `predict` with a program that computes at least what the inference program does. */
  protected async infer(
    build: BuildProgram,
    batch: FrameBatch,
    more: readonly StepValues[] = [],
  ): Promise<Inference> {
    checkBatch(this.model, batch);
    const gatherer = new Gatherer(this.model, batch.lengths, more);
    let refusal: MemoryRefusal | undefined;
    for (;;) {
      const { microbatches, size, executable } = await this.prepare(build, batch.lengths, refusal);
      try {
        for (const rows of microbatches) {
          const packed = this.packer.pack(this.model, batch, rows);
          this.upload(executable, packed);
          await this.executor.run([{ executable, scalars: packed.scalars }]);
          await gatherer.take(executable, packed);
        }
        return gatherer.result;
      } catch (error) {
        refusal = await this.#learn(build, size, error); // no memory to read the results back
      }
    }
  }

  /** Frees the session's buffers; the engine stays open. */
  destroy(): void {
    for (const executable of this.#programs.values()) executable.destroy();
    this.#programs.clear();
    this.pool.destroy();
  }

  /**
   * Splits a batch into microbatches whose program fits in memory, and returns their rows and the program,
   * which holds any of them. If the device refuses the memory, microbatches are halved until it does not: the
   * results stay the same, up to rounding.
   *
   * @param refusal why the batch is prepared again
   */
  protected async prepare(
    build: BuildProgram,
    lengths: Int32Array,
    refusal?: MemoryRefusal,
  ): Promise<Split & { readonly executable: Executable }> {
    for (let refused = refusal; ;) {
      const { microbatches, size } = this.#split(build, lengths);
      try {
        const executable = await this.#executable(build, size);
        if (refused && microbatches.length > 1)
          this.#limit.tell(refused, microbatches.length, size.frames);
        return { microbatches, size, executable };
      } catch (error) {
        const learned = await this.#learn(build, size, error);
        refused ??= learned;
      }
    }
  }

  /** Uses smaller microbatches from now on if the device has refused those of `size`. Rethrows other errors. */
  async #learn(build: BuildProgram, size: BatchCapacity, error: unknown): Promise<MemoryRefusal> {
    if (!(error instanceof MemoryRefusal)) throw error;
    const tried = this.#capacity;
    await this.#dropPrograms();
    this.#capacity = nothing;
    if (size.frames <= size.longest && holds(size, tried)) {
      throw new AdapterError(
        `an utterance of ${size.longest} frames does not fit: ${error.message}`,
        error.hint,
        { cause: error },
      );
    }
    this.#limit.halve(build, tried);
    return error;
  }

  /** The program for batches up to `size`; kept, and rebuilt only if the session has to grow. */
  async #executable(build: BuildProgram, size: BatchCapacity): Promise<Executable> {
    const known = this.#programs.get(build);
    if (known && holds(this.#capacity, size)) return known;
    const grown = larger(this.#capacity, size);
    const capacity = this.#limit.fits(build, grown) ? grown : size;
    // inputs and transient buffers of another size are recreated, and so are the programs that bind them
    if (!holds(this.#capacity, capacity) || !holds(capacity, this.#capacity)) {
      await this.#dropPrograms();
    }
    this.#capacity = capacity;
    // together with the other programs it may be too large: then they take turns
    const alone = this.#programs.size === 0;
    try {
      const made = await this.#make(build);
      if (alone || this.bytes <= this.#limit.bytes) return made;
    } catch (error) {
      if (alone || !(error instanceof MemoryRefusal)) throw error;
    }
    await this.#dropPrograms();
    return this.#make(build);
  }

  async #make(build: BuildProgram): Promise<Executable> {
    const { gpu, pipelines } = this.engine;
    const program = build(this.model, this.plan, this.#capacity);
    const made = await Executable.create(gpu, pipelines, this.pool, program);
    this.#programs.set(build, made);
    return made;
  }

  /** Frees the programs and their memory for new ones. */
  async #dropPrograms(): Promise<void> {
    await this.executor.idle();
    for (const executable of this.#programs.values()) executable.destroy();
    this.#programs.clear();
    this.pool.dropTransient();
    const { gpu } = this.engine;
    // memory is only released after that
    await gpu.wait(gpu.device.queue.onSubmittedWorkDone()).catch(() => gpu.checkLoss());
    gpu.check();
  }

  protected upload(executable: Executable, packed: PackedBatch): void {
    for (const [name, data] of Object.entries(packed.inputs)) executable.writeInput(name, data);
  }

  protected writeFlat(name: string, flat: Float32Array<ArrayBuffer>): void {
    this.pool.write(name, flat, this.layout.size * 4);
  }

  /** Flat buffers in the parameters' layout, as named tensors. */
  protected async readFlat(names: readonly string[]): Promise<Tensors[]> {
    if (this.pool.unsettled) await this.pool.settled();
    const bytes = this.layout.size * 4;
    const ranges = names.map((name) => ({ buffer: this.pool.named(name, bytes), bytes }));
    const reading = readBuffers(this.engine.gpu, ranges).catch(async (error: unknown) => {
      if (!(error instanceof MemoryRefusal)) throw error;
      await this.#dropPrograms(); // makes room; the next batch rebuilds them
      return readBuffers(this.engine.gpu, ranges);
    });
    const read = await reading;
    return read.map((data) => unpackParameters(this.layout, new Float32Array(data)));
  }

  /** Bytes that this session holds whatever the batch: parameters, and the state of training. */
  protected fixedBytes(): number {
    return this.layout.size * 4;
  }

  /** Not split if the current program holds the batch. */
  #split(build: BuildProgram, lengths: Int32Array): Split {
    const whole = splitRows(lengths, Infinity);
    if (this.#programs.has(build) && holds(this.#capacity, whole.size)) return whole;
    return this.#limit.split(build, lengths);
  }
}
