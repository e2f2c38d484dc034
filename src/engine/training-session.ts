import type { HeadConfig, ModelConfig, OptimizerConfig } from '../core/config.js';
import { ConfigError } from '../core/errors.js';
import { threefry2x32 } from '../core/random.js';
import { readBuffers } from '../gpu/buffers.js';
import type { Engine } from '../gpu/engine.js';
import { Executable } from '../gpu/executable.js';
import { Tracer, type TraceEvent } from '../gpu/trace.js';
import type { Scalars } from '../graph/types.js';
import type { BatchCapacity } from '../network/context.js';
import { packParameters } from '../network/parameters.js';
import {
  clearProgram,
  gradientProgram,
  inferenceProgram,
  updateProgram,
} from '../network/programs.js';
import { optimizerSlots } from '../network/update.js';
import { checkBatch, type PackedBatch } from './batch.js';
import { NetworkSession, type SessionOptions } from './network-session.js';
import type { LossSummary, Tensors, TrainingBatch, TrainingState } from './types.js';

/** The loss scale that half precision begins with: torch.amp.GradScaler's. */
const FIRST_SCALE = 65536;
const SCALER_BYTES = 16;

export interface TrainingOptions extends SessionOptions {
  readonly optimizer: OptimizerConfig;
  /** Gradients are scaled down to this global norm; 0 or absent: no clipping. */
  readonly clipNorm?: number | undefined;
  /** Seed of the dropout bits. */
  readonly seed?: number | undefined;
}

/**
 * A model in training on a device: parameters, gradients and optimiser state never leave it unless
 * asked for. A step is encoded and submitted without waiting for the one before.
 */
export class TrainingSession extends NetworkSession {
  readonly #optimizer: OptimizerConfig;
  readonly #clipNorm: number;
  readonly #seed: number;
  #step = 0;
  #stepsSinceLosses = 0;
  #fixed: { clear: Executable; update: Executable } | undefined;
  #tracer: Tracer | undefined;

  protected constructor(engine: Engine, model: ModelConfig, options: TrainingOptions) {
    super(engine, model, options);
    this.#optimizer = options.optimizer;
    this.#clipNorm = options.clipNorm ?? 0;
    this.#seed = options.seed ?? 0;
    this.#writeScaler([this.plan.precision === 'f16' ? FIRST_SCALE : 1, 0]);
    for (const head of model.heads) {
      const weights = Float32Array.from(classWeights(head));
      const buffer = this.pool.named(`class_weights/${head.task}`, weights.byteLength);
      engine.gpu.device.queue.writeBuffer(buffer, 0, weights);
    }
  }

  /** Throws ConfigError where parameters and model disagree. */
  static async create(
    engine: Engine,
    model: ModelConfig,
    options: TrainingOptions,
  ): Promise<TrainingSession> {
    const session = new TrainingSession(engine, model, options);
    const { gpu, pipelines } = engine;
    const { plan, pool } = session;
    const update = updateProgram(model, plan, session.#optimizer, session.#clipNorm);
    session.#fixed = {
      clear: await Executable.create(gpu, pipelines, pool, clearProgram(model, plan)),
      update: await Executable.create(gpu, pipelines, pool, update),
    };
    return session;
  }

  /** Optimiser steps taken. */
  get stepCount(): number {
    return this.#step;
  }

  /** Submits of the latest step: 1 while a step is short and its batch whole. */
  get submits(): number {
    return this.executor.submits;
  }

  /** Makes the programs for batches up to a size now, so that no step has to. */
  async reserve(size: BatchCapacity): Promise<void> {
    const lengths = Int32Array.from({ length: size.utterances }, (_, i) =>
      i === 0
        ? size.longest
        : Math.ceil(Math.max(1, (size.frames - size.longest) / Math.max(1, size.utterances - 1))),
    );
    for (const build of [inferenceProgram, gradientProgram]) {
      const parts = this.partition(build, lengths);
      if (parts.length === 1) await this.executable(build, size);
    }
  }

  /**
   * One optimiser step over a batch in any order of rows. Resolves when it is submitted.
   * Throws ConfigError for a batch that does not fit the model, DeviceLostError once the device is lost.
   */
  async step(batch: TrainingBatch, learningRate: number): Promise<void> {
    const { update } = this.#programs();
    await this.#accumulate(batch, [
      { executable: update, scalars: { learning_rate: learningRate, step: this.#step + 1 } },
    ]);
    this.#step++;
    this.#stepsSinceLosses++;
  }

  /** Gradients of the total loss over a batch, by parameter; the parameters stay as they are. */
  async gradients(batch: TrainingBatch): Promise<Tensors> {
    await this.#accumulate(batch, []);
    this.#stepsSinceLosses++;
    const [scale] = await this.#readScaler();
    const gradients = (await this.readFlat(['gradients']))[0] ?? {};
    if (scale > 1 && !allFinite(gradients)) {
      // half precision overflowed: as the loss scale is found in training
      await this.takeLosses();
      this.#writeScaler([scale / 2, 0]);
      return this.gradients(batch);
    }
    if (scale === 1) return gradients;
    return Object.fromEntries(
      Object.entries(gradients).map(([name, { shape, data }]) => [
        name,
        { shape, data: Float32Array.from(data, (value) => value / scale) },
      ]),
    );
  }

  /** Forward and backward of all parts of a batch, then `last` in the last part's submit. */
  async #accumulate(
    batch: TrainingBatch,
    last: readonly { executable: Executable; scalars: Scalars }[],
  ): Promise<void> {
    checkBatch(this.model, batch);
    this.#checkTargets(batch);
    const scalars = this.#batchScalars(batch);
    const parts = this.partition(gradientProgram, batch.lengths);
    for (const [index, rows] of parts.entries()) {
      const packed = this.packer.pack(this.model, batch, rows);
      const executable = await this.executable(gradientProgram, packed.size);
      this.upload(executable, packed);
      if (this.model.dropout > 0) this.#uploadRowPlaces(executable, packed);
      this.#uploadTargets(executable, batch, rows);
      const clear = { executable: this.#programs().clear, scalars: {} };
      await this.executor.run(
        [
          ...(index === 0 ? [clear] : []),
          { executable, scalars: { ...scalars, ...packed.size } },
          ...(index === parts.length - 1 ? last : []),
        ],
        this.#tracer,
      );
    }
  }

  /**
   * Mean losses since they were last taken (or since the start). The steps submitted so far count,
   * later ones do not; resolves once the GPU has done them.
   */
  async takeLosses(): Promise<LossSummary> {
    const { heads } = this.model;
    const steps = this.#stepsSinceLosses;
    this.#stepsSinceLosses = 0;
    const slots = heads.length + 2;
    const buffer = this.pool.named('losses', slots * 4);
    const reading = readBuffers(this.engine.gpu, [{ buffer, bytes: slots * 4 }]);
    this.engine.gpu.device.queue.writeBuffer(buffer, 0, new Float32Array(slots));
    const sums = new Float32Array((await reading)[0] ?? new ArrayBuffer(slots * 4));
    const mean = (slot: number) => (sums[slot] ?? NaN) / Math.max(1, steps);
    const tasks = Object.fromEntries(heads.map(({ task }, index) => [task, mean(index)]));
    const total = heads.reduce((sum, { weight }, index) => sum + weight * mean(index), 0);
    const skipped = sums[heads.length + 1] ?? NaN;
    const gradientNorm = (sums[heads.length] ?? NaN) / Math.max(1, steps - skipped);
    return { steps, total, tasks, gradientNorm, skipped };
  }

  /** Everything that training goes on from; waits for the GPU. */
  async state(): Promise<TrainingState> {
    const slots = optimizerSlots(this.#optimizer);
    const [parameters = {}, ...moments] = await this.readFlat(['parameters', ...slots]);
    const optimizer = Object.fromEntries(
      moments.flatMap((tensors, i) =>
        Object.entries(tensors).map(([name, tensor]) => [`${slots[i]}/${name}`, tensor]),
      ),
    );
    return { step: this.#step, parameters, optimizer, scaler: await this.#readScaler() };
  }

  /** Goes on from a state; throws ConfigError where it belongs to another model or optimiser. */
  loadState(state: TrainingState): void {
    this.writeFlat('parameters', packParameters(this.layout, state.parameters));
    for (const slot of optimizerSlots(this.#optimizer)) {
      const own = Object.fromEntries(
        this.layout.parameters.flatMap(({ name }) => {
          const tensor = state.optimizer[`${slot}/${name}`];
          return tensor ? [[name, tensor] as const] : [];
        }),
      );
      this.writeFlat(slot, packParameters(this.layout, own));
    }
    this.#step = state.step;
    if (state.scaler) this.#writeScaler(state.scaler);
  }

  /** Times every pass of the steps that follow, until `stopTrace` or the trace is full. */
  startTrace(): void {
    this.#tracer = new Tracer(this.engine.gpu);
  }

  async stopTrace(): Promise<TraceEvent[]> {
    const tracer = this.#tracer;
    this.#tracer = undefined;
    const events = (await tracer?.events()) ?? [];
    tracer?.destroy();
    return events;
  }

  override destroy(): void {
    this.#fixed?.clear.destroy();
    this.#fixed?.update.destroy();
    super.destroy();
  }

  protected override fixedBytes(): number {
    // parameters, gradients, optimiser state; and the few small buffers of losses, norm and clipping
    return (2 + optimizerSlots(this.#optimizer).length) * this.layout.size * 4 + 1024;
  }

  /** The loss scale and the steps since it changed. */
  async #readScaler(): Promise<[number, number]> {
    const buffer = this.pool.named('scaler', SCALER_BYTES);
    const [data] = await readBuffers(this.engine.gpu, [{ buffer, bytes: 8 }]);
    const [scale = 1, steps = 0] = new Float32Array(data ?? []);
    return [scale, steps];
  }

  #writeScaler(scaler: readonly [number, number]): void {
    const buffer = this.pool.named('scaler', SCALER_BYTES);
    this.engine.gpu.device.queue.writeBuffer(buffer, 0, Float32Array.from(scaler));
  }

  #programs() {
    if (!this.#fixed) throw new Error('a TrainingSession is made by TrainingSession.create');
    return this.#fixed;
  }

  #uploadRowPlaces(executable: Executable, packed: PackedBatch): void {
    const read = this.model.heads.some(({ hidden }) => hidden > 0);
    if (read) executable.write('row_places', packed.rowPlaces);
  }

  #uploadTargets(executable: Executable, batch: TrainingBatch, rows: readonly number[]): void {
    const { heads } = this.model;
    const stride = executable.program.capacity['utterances'] ?? rows.length;
    const targets = new Int32Array(heads.length * stride).fill(-1);
    heads.forEach(({ task }, index) => {
      rows.forEach((row, r) => (targets[index * stride + r] = batch.targets[task]?.[row] ?? -1));
    });
    executable.write('targets', targets);
  }

  /** Loss normalisers over the whole batch (PyTorch's mean reduction) and the dropout streams. */
  #batchScalars(batch: TrainingBatch): Record<string, number> {
    const scalars: Record<string, number> = {};
    this.model.heads.forEach((head, index) => {
      const weights = classWeights(head);
      const norm = (batch.targets[head.task] ?? new Int32Array()).reduce(
        (sum, label) => sum + (weights[label] ?? 0), // -1, unlabelled, has no weight
        0,
      );
      scalars[`inverse_norm_${index}`] = norm > 0 ? 1 / norm : 0;
    });
    for (let layer = 0; layer < 2 + this.model.heads.length; layer++) {
      const [a, b] = threefry2x32(this.#seed, layer, this.#step, 0);
      scalars[`dropout_${layer}_0`] = a;
      scalars[`dropout_${layer}_1`] = b;
    }
    return scalars;
  }

  #checkTargets(batch: TrainingBatch): void {
    const B = batch.lengths.length;
    for (const { task, classes } of this.model.heads) {
      const labels = batch.targets[task];
      if (labels === undefined) continue;
      if (labels.length !== B) {
        throw new ConfigError(`task '${task}' has ${labels.length} labels for ${B} utterances`);
      }
      const wrong = labels.find((label) => label < -1 || label >= classes);
      if (wrong !== undefined) {
        throw new ConfigError(`task '${task}' has label ${wrong}, classes are 0 to ${classes - 1}`);
      }
    }
  }
}

function allFinite(tensors: Tensors): boolean {
  return Object.values(tensors).every(({ data }) => data.every((value) => Number.isFinite(value)));
}

function classWeights(head: HeadConfig): readonly number[] {
  return head.class_weights ?? Array.from({ length: head.classes }, () => 1);
}
