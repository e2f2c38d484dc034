import type { ModelConfig } from '../core/config.js';
import type { Engine } from '../gpu/engine.js';
import { Executable } from '../gpu/executable.js';
import { StandingReadback } from '../gpu/standing-readback.js';
import { Tracer, type TraceEvent } from '../gpu/trace.js';
import type { Scalars } from '../graph/types.js';
import type { BatchCapacity } from '../network/time.js';
import { gatheringPasses, headKindOf } from '../network/heads/index.js';
import { lossSlots } from '../network/losses.js';
import { packParameters } from '../network/parameters.js';
import {
  augmentedProgram,
  averageProgram,
  clearProgram,
  gradientProgram,
  inferenceProgram,
  updateProgram,
} from '../network/programs.js';
import { optimizerSlots } from '../network/update.js';
import { augmentStep, longestFirst, stretched, type Cut } from './augment.js';
import { checkBatch, checkTargets, lengthsOf, type PackedBatch } from './batch.js';
import { featureNotFinite, type NotFinite, Replay, tensorNotFinite } from './diagnosis.js';
import { lossSummary } from './loss-summary.js';
import type { BuildProgram } from './memory-limit.js';
import { NetworkSession } from './network-session.js';
import { type StepSplit, stepScalars } from './step-scalars.js';
import type { TrainingOptions } from './training-options.js';
import { trainingBytes } from './training-split.js';
import { uploadTargets } from './upload-targets.js';
import type {
  FrameBatch,
  Inference,
  LossSummary,
  Tensors,
  TrainingBatch,
  TrainingState,
} from './types.js';

/** The initial loss scale in half precision: that of torch.amp.GradScaler. */
const FIRST_SCALE = 65536;
const LOSS_SCALE_BYTES = 16;

export type { TrainingOptions };

/**
 * A model in training on a device: parameters, gradients and optimiser state stay there unless
 * asked for. A step is encoded and submitted without waiting for the previous one.
 *
 * @example
 * const session = await TrainingSession.create(engine, trained.model, {
 *   parameters: trained.parameters,
 *   optimizer: { name: 'sgd', momentum: 0.9 },
 * });
 * console.log(session.bytes, 'bytes on the GPU');
 * session.destroy();
 */
export class TrainingSession extends NetworkSession {
  declare protected readonly options: TrainingOptions;
  #step = 0;
  #stepsSinceLosses = 0;
  /** The step after which losses were last read. */
  #lossesFrom = 0;
  readonly #made: { clear?: Executable; update?: Executable; readings?: StandingReadback } = {};
  #tracer: Tracer | undefined;

  protected constructor(engine: Engine, model: ModelConfig, options: TrainingOptions) {
    super(engine, model, options);
    if (this.#ema > 0) this.writeFlat('average', packParameters(this.layout, options.parameters));
    this.#writeLossScale(this.#firstLossScale());
    for (const head of model.heads) {
      for (const [name, values] of Object.entries(headKindOf(head).constants(head))) {
        this.pool.write(name, values);
      }
    }
  }

  /** Throws ConfigError if parameters and model disagree. */
  static async create(
    engine: Engine,
    model: ModelConfig,
    options: TrainingOptions,
  ): Promise<TrainingSession> {
    const session = new TrainingSession(engine, model, options);
    const { gpu, pipelines } = engine;
    const { plan, pool } = session;
    const made = session.#made;
    const { ema, clipNorm = 0, optimizer } = options;
    const update = updateProgram(model, plan, optimizer, clipNorm, ema);
    try {
      made.clear = await Executable.create(gpu, pipelines, pool, clearProgram(model, plan));
      made.update = await Executable.create(gpu, pipelines, pool, update);
      const most = Math.max(session.#lossBytes, LOSS_SCALE_BYTES);
      made.readings = await StandingReadback.create(gpu, most);
    } catch (error) {
      session.destroy();
      throw error;
    }
    return session;
  }

  /** Optimiser steps taken. */
  get stepCount(): number {
    return this.#step;
  }

  /** Submits of the latest step: 1 if the step is short and its batch not split. */
  get submits(): number {
    return this.executor.submits;
  }

  /** Creates the programs for batches up to a size now, so that no step has to. */
  async reserve(size: BatchCapacity): Promise<void> {
    const { augment } = this.options;
    const lengths = lengthsOf(augment ? stretched(augment, size) : size);
    // the larger one first: the other reuses its buffers
    for (const build of [this.#gradients, this.#inference]) await this.prepare(build, lengths);
  }

  /** As NetworkSession's; with `ema`, by the average of the parameters. */
  override predict(batch: FrameBatch): Promise<Inference> {
    return this.infer(this.#inference, batch);
  }

  /**
   * One optimiser step over a batch in any order of rows. Resolves when it is submitted.
   * Throws ConfigError for a batch that does not fit the model, DeviceLostError once the device is lost.
   */
  async step(batch: TrainingBatch, learningRate: number): Promise<void> {
    const { update } = this.#own();
    await this.#accumulate(batch, [
      { executable: update, scalars: { learning_rate: learningRate, step: this.#step + 1 } },
    ]);
    this.#step++;
    this.#stepsSinceLosses++;
  }

  /**
   * Gradients of the total loss over a batch, by parameter; the parameters do not change. Its losses are added
   * to those of the steps: read them (`readLosses`) before the next step.
   */
  async gradients(batch: TrainingBatch): Promise<Tensors> {
    await this.#accumulate(batch, []);
    this.#stepsSinceLosses++;
    const [scale, , skipped] = await this.#readLossScale();
    const gradients = (await this.readFlat(['gradients']))[0] ?? {};
    if (scale > 1 && tensorNotFinite(gradients)) {
      // half precision overflowed: lower the loss scale, as in training
      await this.readLosses();
      this.#writeLossScale([scale / 2, 0, skipped]);
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

  /** Forward and backward of all microbatches of a batch, then `last` in the submit of the last one. */
  async #accumulate(
    batch: TrainingBatch,
    last: readonly { executable: Executable; scalars: Scalars }[],
  ): Promise<void> {
    checkBatch(this.model, batch);
    checkTargets(this.model, batch);
    const split = await this.#split(batch, this.#step);
    const { scalars, microbatches, executable, cuts } = split;
    const known = await this.#gatherStatistics(batch, split);
    for (const [index, rows] of microbatches.entries()) {
      const packed = this.#uploadMicrobatch(executable, batch, rows, cuts);
      const clear = { executable: this.#own().clear, scalars: {} };
      await this.executor.run(
        [
          ...(index === 0 ? [clear] : []),
          { executable, scalars: { ...scalars, ...known, ...packed.scalars } },
          ...(index === microbatches.length - 1 ? last : []),
        ],
        this.#tracer,
      );
    }
  }

  /**
   * Where a loss is no mean over rows and the batch is split: its statistics over all microbatches, by the first
   * passes of the gradient program, before any gradient. A whole batch gathers them on its way.
   *
   * @returns scalars for the gradients
   */
  async #gatherStatistics(
    batch: TrainingBatch,
    { scalars, microbatches, executable, cuts }: StepSplit,
  ): Promise<Scalars> {
    const passes = gatheringPasses(executable.program);
    if (passes === 0 || microbatches.length === 1) return {};
    for (const [index, rows] of microbatches.entries()) {
      const packed = this.#uploadMicrobatch(executable, batch, rows, cuts);
      const own = { ...scalars, ...packed.scalars, moments_merge: index > 0 ? 1 : 0 };
      await this.executor.run([{ executable, scalars: own, passes }], this.#tracer);
    }
    return { moments_known: 1 };
  }

  /**
   * The microbatches of a batch and their program.
   *
   * @param step from 0
   */
  async #split(batch: TrainingBatch, step: number): Promise<StepSplit> {
    const { augment, seed = 0 } = this.options;
    const scalars = stepScalars(this.model, batch, seed, step);
    if (!augment) return { scalars, ...(await this.prepare(this.#gradients, batch.lengths)) };
    const drawn = augmentStep(augment, seed, step, this.model, batch);
    const { microbatches, executable } = await this.prepare(this.#gradients, drawn.most);
    const sorted = microbatches.map((rows) => longestFirst(rows, drawn.cuts));
    return {
      cuts: drawn.cuts,
      scalars: { ...scalars, ...drawn.scalars },
      microbatches: sorted,
      executable,
    };
  }

  get #gradients(): BuildProgram {
    return this.options.augment ? augmentedProgram : gradientProgram;
  }

  get #ema(): number {
    return this.options.ema ?? 0;
  }

  get #inference(): BuildProgram {
    return this.#ema > 0 ? averageProgram : inferenceProgram;
  }

  #uploadMicrobatch(
    executable: Executable,
    batch: TrainingBatch,
    rows: readonly number[],
    cuts: readonly Cut[] | undefined,
  ): PackedBatch {
    const packed = this.packer.pack(this.model, batch, rows, cuts);
    this.upload(executable, packed);
    uploadTargets(this.model, executable, batch, rows);
    return packed;
  }

  /**
   * The first value that is not finite in a step over a batch: of its features, a parameter, or the output of a
   * pass in a replay; undefined if all are finite. Takes many times as long as a step. Changes nothing that
   * later steps depend on.
   *
   * @param step the one to replay, as `stepCount` counts, for its dropout bits; default: the next. It
   *   runs with the current parameters
   * @throws as `step`
   */
  async diagnose(batch: TrainingBatch, step = this.#step + 1): Promise<NotFinite | undefined> {
    checkBatch(this.model, batch);
    checkTargets(this.model, batch);
    const input = featureNotFinite(this.model, batch) ?? tensorNotFinite(await this.parameters());
    if (input) return input;
    const { clear, update } = this.#own();
    const losses = await this.#read('losses', this.#lossBytes);
    const clearing = [{ executable: clear, scalars: {} }];
    try {
      this.#clearLosses();
      await this.executor.run(clearing);
      const split = await this.#split(batch, step - 1);
      const { scalars, microbatches, executable, cuts } = split;
      const known = await this.#gatherStatistics(batch, split);
      for (const rows of microbatches) {
        const packed = this.#uploadMicrobatch(executable, batch, rows, cuts);
        const own = { ...scalars, ...known, ...packed.scalars };
        const replay = new Replay(this.executor, executable, own);
        const found = await replay.run(packed);
        if (found) return found;
      }
      return await new Replay(this.executor, update, { learning_rate: 0, step }).norm();
    } finally {
      this.pool.write('losses', losses);
      await this.executor.run(clearing);
    }
  }

  /**
   * Mean losses since they were last read (or since the start). Includes the steps submitted so far,
   * not later ones; resolves once the GPU has done them.
   */
  async readLosses(): Promise<LossSummary> {
    const { heads } = this.model;
    const steps = this.#stepsSinceLosses;
    const [from, step] = [this.#lossesFrom, this.#step];
    const reading = this.#read('losses', this.#lossBytes);
    this.#clearLosses(); // queued behind it, before the next step
    this.#stepsSinceLosses = 0;
    this.#lossesFrom = step;
    return lossSummary(heads, await reading, { from, step, steps });
  }

  /** Everything needed to resume training; waits for the GPU. */
  async state(): Promise<TrainingState> {
    const slots = optimizerSlots(this.options.optimizer);
    const averages = this.#ema > 0 ? ['average'] : [];
    const read = await this.readFlat(['parameters', ...slots, ...averages]);
    const [parameters = {}, ...moments] = read.slice(0, 1 + slots.length);
    const average = read[1 + slots.length];
    const optimizer = Object.fromEntries(
      moments.flatMap((tensors, i) =>
        Object.entries(tensors).map(([name, tensor]) => [`${slots[i]}/${name}`, tensor]),
      ),
    );
    const lossScale = await this.#readLossScale();
    return { step: this.#step, parameters, optimizer, ...(average && { average }), lossScale };
  }

  /**
   * Resumes from a state; losses not yet read are discarded. Throws ConfigError if it belongs to another
   * model or optimiser. An average that it does not have starts at its parameters.
   */
  loadState(state: TrainingState): void {
    this.writeFlat('parameters', packParameters(this.layout, state.parameters));
    if (this.#ema > 0) {
      const average = state.average ?? state.parameters;
      this.writeFlat('average', packParameters(this.layout, average));
    }
    for (const slot of optimizerSlots(this.options.optimizer)) {
      const own = Object.fromEntries(
        this.layout.parameters.flatMap(({ name }) => {
          const tensor = state.optimizer[`${slot}/${name}`];
          return tensor ? [[name, tensor] as const] : [];
        }),
      );
      this.writeFlat(slot, packParameters(this.layout, own));
    }
    this.#step = this.#lossesFrom = state.step;
    this.#stepsSinceLosses = 0;
    this.#clearLosses();
    this.#writeLossScale(state.lossScale ?? this.#firstLossScale());
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
    for (const own of Object.values(this.#made)) own.destroy();
    super.destroy();
  }

  protected override fixedBytes(): number {
    return trainingBytes(this.layout, this.options.optimizer, this.#ema);
  }

  /** The loss scale, the steps since it changed, and the number of skipped updates. */
  async #readLossScale(): Promise<[number, number, number]> {
    const [scale = 1, steps = 0, , skipped = 0] = await this.#read('loss_scale', LOSS_SCALE_BYTES);
    return [scale, steps, skipped];
  }

  #firstLossScale(): readonly [number, number] {
    return [this.plan.precision === 'f16' ? FIRST_SCALE : 1, 0];
  }

  /** Writing it also ends a hold. */
  #writeLossScale([scale, steps, skipped = 0]: NonNullable<TrainingState['lossScale']>): void {
    const hold = this.options.holdAtFault ? 1 : 0;
    this.pool.write('loss_scale', Float32Array.of(scale, steps, hold, skipped), LOSS_SCALE_BYTES);
  }

  get #lossBytes(): number {
    return lossSlots(this.model.heads.length) * 4;
  }

  #clearLosses(): void {
    this.pool.write('losses', new Float32Array(lossSlots(this.model.heads.length)));
  }

  /** Reads a small buffer, in submission order; the device cannot refuse it. */
  #read(name: 'losses' | 'loss_scale', bytes: number): Promise<Float32Array<ArrayBuffer>> {
    return this.#own().readings.read(this.pool.named(name, bytes), bytes);
  }

  #own() {
    const { clear, update, readings } = this.#made;
    if (!clear || !update || !readings) {
      throw new Error('create a TrainingSession with TrainingSession.create');
    }
    return { clear, update, readings };
  }
}
