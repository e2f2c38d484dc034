import { AlstmError } from '../core/errors.js';
import type { Engine } from '../gpu/engine.js';
import type { KernelPlan } from '../plan/plan.js';
import { equalLengths, madeUpBatch } from './batches.js';
import type { Ceilings } from './ceilings.js';
import { trainingSession, type SessionSettings } from './sessions.js';
import { processorMs } from './processor-time.js';
import type { BenchShape } from './shape.js';
import { median } from './statistics.js';
import { stepWork } from './step-work.js';
import { timeBlocks, timeOnce, type Timing } from './timing.js';

/** How long training steps are timed, and how their session computes. */
export interface TrainStepOptions extends SessionSettings {
  /** How long to time steps. */
  readonly seconds: number;
  /** Most bytes of GPU buffers. Default: what the adapter gives. */
  readonly mostBytes?: number | undefined;
  /** Lengths of the batch's utterances. Default: all have the shape's frames. */
  readonly lengths?: readonly number[] | undefined;
}

/** How long a training step of a shape takes. */
export interface TrainStepTiming extends Timing {
  readonly framesPerSecond: number;
  /**
   * Milliseconds of the host's own work per step: from the call of `step` until it resolves, with
   * nothing in flight before it, so that it does not wait for an earlier step. It covers checking and packing
   * the batch, uploading it, computing uniforms, encoding and submitting. Median over the blocks'
   * first steps.
   */
  readonly hostMs: number;
  /**
   * Milliseconds of processor time of the whole process per step, user and system, all threads:
   * an upper bound of the host's work on a GPU, the computation itself on a software adapter. NaN in
   * browsers, which do not report it.
   */
  readonly cpuMs: number;
  /** From creating the session to the first step's loss, including compilation of kernels that no earlier shape used. */
  readonly firstStepMs: number;
  /** Submits per step, and microbatches into which the adapter's limits split the batch. */
  readonly submits: number;
  readonly parts: number;
  /** Bytes of GPU buffers that the session held. */
  readonly bytes: number;
  /** Counted operations per step, and their rate at `ms`. */
  readonly gflop: number;
  readonly gflops: number;
  /** Bytes that a step reads and writes if each pass moves each element it binds once. */
  readonly floorBytes: number;
  /** The mean loss of the last block; always finite. */
  readonly loss: number;
  readonly plan: KernelPlan;
}

/** Rates as shares of the adapter's measured maximum. */
export interface Shares {
  /** Share of the matmul's rate: 1 would be a step that is one large matmul. */
  readonly productShare: number;
  /** Share of the copy's rate: the floor in bytes over the time, over the copy's bytes per second. */
  readonly copyShare: number;
}

export function sharesOf(
  { gflops, floorBytes, ms }: Pick<TrainStepTiming, 'gflops' | 'floorBytes' | 'ms'>,
  { productGflops, copyGBPerSecond }: Ceilings,
): Shares {
  return {
    productShare: gflops / productGflops,
    copyShare: floorBytes / ms / 1e6 / copyGBPerSecond,
  };
}

/**
 * Times consecutive whole training steps (forward, backward, clipping, Adam) of a random batch, as
 * training runs them: each is encoded and submitted while earlier ones still run. A block's time
 * ends when the losses of its last step have been read.
 *
 * @example
 * const timing = await timeTrainStep(engine, shape, { seconds: 2, seed: 0 });
 * console.log(timing);
 *
 * @throws AdapterError if the step does not fit the adapter's memory, ConfigError for the shape
 */
export async function timeTrainStep(
  engine: Engine,
  shape: BenchShape,
  options: TrainStepOptions,
): Promise<TrainStepTiming> {
  const { seed, seconds, mostBytes, lengths = equalLengths(shape) } = options;
  const began = performance.now();
  const session = await trainingSession(engine, shape, options);
  try {
    const sessionMs = performance.now() - began;
    const { plan } = session;
    const work = stepWork(engine.gpu, shape, plan, mostBytes, lengths);
    const batch = madeUpBatch(shape, seed, lengths);
    const hostTimes: number[] = [];
    let loss = NaN;
    const steps = async (count: number): Promise<void> => {
      hostTimes.push(await timeOnce(() => session.step(batch, 1e-3)));
      for (let i = 1; i < count; i++) await session.step(batch, 1e-3);
      loss = (await session.readLosses()).total;
    };
    const firstStepMs = sessionMs + (await timeOnce(() => steps(1)));
    await steps(1); // lavapipe compiles at the first dispatch, a GPU warms up
    const few = await timeOnce(() => steps(1));
    const trial = few > 50 ? few : (await timeOnce(() => steps(10))) / 10;
    hostTimes.length = 0;
    const before = processorMs();
    const timing = await timeBlocks(steps, trial, seconds);
    const processor = processorMs() - before;
    if (!Number.isFinite(loss)) {
      throw new AlstmError(
        `the loss is ${loss}`,
        'The adapter computes wrong results: run alstm verify.',
      );
    }
    const frames = lengths.reduce((a, b) => a + b, 0);
    return {
      ...timing,
      framesPerSecond: (1000 * frames) / timing.ms,
      hostMs: median(hostTimes),
      cpuMs: processor / timing.steps,
      firstStepMs,
      submits: session.submits,
      parts: work.parts,
      bytes: session.bytes,
      gflop: work.flop / 1e9,
      gflops: work.flop / timing.ms / 1e6,
      floorBytes: work.bytes,
      loss,
      plan,
    };
  } finally {
    session.destroy();
  }
}
