import type { ModelConfig } from '../core/config.js';
import { AdapterError } from '../core/errors.js';
import { stableJson } from '../core/json.js';
import { relativeError } from '../core/tensor.js';
import { BufferPool } from '../gpu/buffers.js';
import type { Engine } from '../gpu/engine.js';
import { Executable } from '../gpu/executable.js';
import { Executor } from '../gpu/executor.js';
import { readBuffers } from '../gpu/readback.js';
import type { Program, Scalars } from '../graph/types.js';
import { headKindOf, targetsName } from '../network/heads/index.js';
import type { PackedBatch } from '../session/batch.js';
import { residencyProblem } from '../session/residency.js';
import type { BatchCapacity } from '../network/time.js';
import { initialParameters } from '../network/init.js';
import { layoutParameters, packParameters } from '../network/parameters.js';
import type { KernelPlan } from '../plan/plan.js';
import { gradientProgram } from '../network/programs.js';
import { trialBatch, type TrialBatch } from './batch.js';
import { passesOf, type Part } from './parts.js';
import { PassClock } from './pass-clock.js';

/** A plan ready to be timed. */
export interface Trial {
  /**
   * Milliseconds of a part's passes.
   *
   * @param best if the first time is more than twice this, it is the result
   */
  time(part: Part, best: number): Promise<number>;
  /**
   * Milliseconds of a whole step: of several in a row, from the first call of the host until the device is
   * done, as in training. Without the update, which is the same for every plan.
   */
  step(): Promise<number>;
  close(): void;
}

/** Runs plans for timing. */
export interface TrialBench {
  /** Compiles and runs a plan once. Throws if that fails, or if its results differ from the first plan's. */
  open(plan: KernelPlan): Promise<Trial>;
  close(): void;
}

/** How much gradients of two plans may differ, relative to their norm: they add in different orders. */
const TOLERANCE = { f32: 1e-3, f16: 3e-2 } as const;
/** Within the range of f16 for a batch of any size. */
const HALF_SCALE = 1024;
/** Repetitions per part: the minimum counts, because other work only adds time. */
const BLOCKS = 3;
/** Long enough for the clock, short enough for many candidates. */
const BLOCK_MS = 20;
const MOST_REPEATS = 50;
/** Whole steps in a row: enough for the host to be ahead of the device, unless one alone takes long. */
const STEPS_MS = 60;
const FEWEST_STEPS = 4;
const MOST_STEPS = 20;
const LONG_STEP_MS = 100;

/** Tries plans on a device with a random batch. */
export class DeviceTrials implements TrialBench {
  readonly #pool: BufferPool;
  readonly #executor: Executor;
  readonly #clock: PassClock;
  readonly #batch: TrialBatch;
  readonly #probed = new Map<string, Promise<string | undefined>>();
  /** Gradients of the first plan. */
  #gradients: Float32Array | undefined;

  constructor(
    private readonly engine: Engine,
    private readonly model: ModelConfig,
    private readonly capacity: BatchCapacity,
    seed = 0,
  ) {
    this.#pool = new BufferPool(engine.gpu);
    this.#executor = new Executor(engine.gpu);
    this.#clock = new PassClock(engine.gpu);
    this.#batch = trialBatch(model, capacity, seed);
    const layout = layoutParameters(model);
    this.#pool.write('parameters', packParameters(layout, initialParameters(model, seed)));
    for (const head of model.heads) {
      for (const [name, values] of Object.entries(headKindOf(head).constants(head))) {
        this.#pool.write(name, values);
      }
    }
  }

  async open(plan: KernelPlan): Promise<Trial> {
    const { gpu, pipelines } = this.engine;
    const program = gradientProgram(this.model, plan, this.capacity);
    // a candidate's errors are its own: they do not affect the device
    const scopes = ['validation', 'out-of-memory', 'internal'] as const;
    for (const scope of scopes) gpu.device.pushErrorScope(scope);
    const popped = async () => {
      const errors = await Promise.all(scopes.map(() => gpu.device.popErrorScope()));
      return errors.find((error) => error !== null);
    };
    let executable: Executable | undefined;
    try {
      // otherwise it would wait in vain at every step
      const problem = await this.#residency(plan);
      if (problem !== undefined) throw new AdapterError(problem);
      executable = await Executable.create(gpu, pipelines, this.#pool, program);
      await this.#runOnce(executable, plan);
    } catch (error) {
      executable?.destroy();
      this.#pool.dropTransient();
      await popped();
      throw error;
    }
    const refused = await popped();
    const made = executable;
    const close = () => {
      made.destroy();
      this.#pool.dropTransient();
    };
    try {
      if (refused) throw new AdapterError(refused.message.trim().split('\n')[0] ?? 'refused');
      await this.#compare(plan);
    } catch (error) {
      close();
      throw error;
    }
    return {
      time: (part, best) => this.#time(made, part, best),
      step: () => this.#timeStep(made, plan),
      close,
    };
  }

  close(): void {
    this.#clock.destroy();
    this.#pool.destroy();
  }

  /** residencyProblem, probed once for each pair of recurrences: a plan is opened several times. */
  #residency(plan: KernelPlan): Promise<string | undefined> {
    const key = stableJson([plan.precision, plan.forward, plan.backward]);
    const probed =
      this.#probed.get(key) ??
      residencyProblem(this.engine, this.model, plan, this.capacity.utterances);
    this.#probed.set(key, probed);
    return probed;
  }

  async #runOnce(executable: Executable, plan: KernelPlan): Promise<void> {
    const { device } = this.engine.gpu;
    const encoder = device.createCommandEncoder();
    encoder.clearBuffer(this.#gradientBuffer());
    device.queue.submit([encoder.finish()]);
    await this.#runStep(executable, plan);
    await this.#executor.idle();
  }

  /** Uploads the batch and submits its gradients; resolves when there is room for another. */
  #runStep(executable: Executable, plan: KernelPlan): Promise<void> {
    const { packed, targets } = this.#batch;
    const labels = this.model.heads.map(({ task }, head) => [
      targetsName(task),
      targets[head] ?? new Int32Array(),
    ]);
    const inputs = {
      ...packed.inputs,
      ...(Object.fromEntries(labels) as Record<string, Int32Array | Float32Array>),
      loss_scale: Float32Array.of(plan.precision === 'f16' ? HALF_SCALE : 1, 0),
    };
    for (const [name, data] of Object.entries(inputs)) executable.writeInput(name, data);
    const scalars = scalarsOf(executable.program, packed);
    return this.#executor.run([{ executable, scalars }]);
  }

  #gradientBuffer(): GPUBuffer {
    return this.#pool.named('gradients', layoutParameters(this.model).size * 4);
  }

  /** Otherwise a plan that is fast but wrong would win. */
  async #compare(plan: KernelPlan): Promise<void> {
    const bytes = layoutParameters(this.model).size * 4;
    const buffer = this.#gradientBuffer();
    const [data] = await readBuffers(this.engine.gpu, [{ buffer, bytes }]);
    const gradients = new Float32Array(data ?? []);
    this.#gradients ??= gradients;
    const error = relativeError(gradients, this.#gradients);
    if (error <= TOLERANCE[plan.precision]) return;
    throw new AdapterError(`its gradients are off by ${error.toPrecision(2)} of their norm`);
  }

  async #timeStep(executable: Executable, plan: KernelPlan): Promise<number> {
    const steps = async (count: number): Promise<number> => {
      const began = performance.now();
      for (let i = 0; i < count; i++) await this.#runStep(executable, plan);
      await this.#executor.idle();
      return (performance.now() - began) / count;
    };
    const first = await steps(1);
    if (first > LONG_STEP_MS) return first;
    const count = Math.round(STEPS_MS / Math.max(first, 1e-3));
    return steps(Math.max(FEWEST_STEPS, Math.min(MOST_STEPS, count)));
  }

  async #time(executable: Executable, part: Part, best: number): Promise<number> {
    const passes = passesOf(part, executable.program);
    if (passes.length === 0) return 0;
    await this.#clock.time(executable, passes, 1);
    const first = await this.#clock.time(executable, passes, 1);
    if (first > 2 * best) return first;
    const repeats = Math.round(BLOCK_MS / Math.max(first, 1e-3));
    const count = Math.max(1, Math.min(MOST_REPEATS, repeats));
    const times: number[] = [];
    for (let i = 0; i < BLOCKS; i++) {
      times.push(await this.#clock.time(executable, passes, count));
    }
    return Math.min(...times);
  }
}

/** A value for every scalar that a program needs; losses are means over the utterances. */
function scalarsOf(program: Program, { size, scalars: own }: PackedBatch): Scalars {
  const scalars: Record<string, number> = {};
  for (const pass of program.passes) {
    if (pass.kind === 'clear') continue;
    for (const quantity of Object.values(pass.uniforms)) {
      if (typeof quantity !== 'string') continue;
      scalars[quantity] = quantity.startsWith('inverse_norm_') ? 1 / size.utterances : 1;
    }
  }
  return { ...scalars, ...own };
}
