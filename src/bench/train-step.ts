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

export interface TrainStepOptions extends SessionSettings {
  /** How long steps are timed. */
  readonly seconds: number;
  /** Most bytes of GPU buffers. Default: what the adapter gives. */
  readonly mostBytes?: number | undefined;
  /** Of the batch's utterances. Default: all the shape's frames. */
  readonly lengths?: readonly number[] | undefined;
}

/** How long a training step of a shape takes. */
export interface TrainStepTiming extends Timing {
  readonly framesPerSecond: number;
  /**
   * Milliseconds of the host's own work of a step: from the call of `step` until it is resolved, with
   * nothing in flight before it, so that it waits for no earlier step. That is: checking and packing
   * the batch, uploading it, working uniforms out, encoding and submitting. Median over the blocks'
   * first steps.
   */
  readonly hostMs: number;
  /**
   * Milliseconds of processor time that the whole process spent a step, user and system, all threads:
   * an upper bound of the host's work on a GPU, the computation itself on a software adapter. NaN in a
   * browser, which does not tell.
   */
  readonly cpuMs: number;
  /** From making the session to the first step's loss: with the compilation of each kernel that no earlier shape of the process used. */
  readonly firstStepMs: number;
  /** Submits of a step, and parts that the adapter's limits split its batch into. */
  readonly submits: number;
  readonly parts: number;
  /** Bytes of GPU buffers that the session held. */
  readonly bytes: number;
  /** Counted operations of a step, and the rate that they make with `ms`. */
  readonly gflop: number;
  readonly gflops: number;
  /** Bytes that a step reads and writes if each pass moves each element it binds once. */
  readonly floorBytes: number;
  /** The mean loss of the last block: finite, or there is no result. */
  readonly loss: number;
  readonly plan: KernelPlan;
}

/** What a time is worth beside what the adapter can do at most. */
export interface Shares {
  /** Of the matrix product's rate: 1 would be a step that is one large product. */
  readonly productShare: number;
  /** Of the copy's rate: the floor in bytes over the time, over the copy's bytes a second. */
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
 * Times whole training steps (forward, backward, clipping, Adam) of a made-up batch in a row, as
 * training runs them: each is encoded and submitted while those before it still run. A block's time
 * ends when the losses of its last step have been read.
 *
 * @throws AdapterError where the step does not fit the adapter's memory, ConfigError for the shape
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
      throw new AlstmError(`the loss is ${loss}`, 'The adapter computes wrongly: alstm verify.');
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
