import { AdapterError, AlstmError, ConfigError, DeviceLostError } from '../core/errors.js';
import type { Engine } from '../gpu/engine.js';
import { measureCeilings, type Ceilings } from './ceilings.js';
import { scalingOf, shapesOf, type GridOptions, type Question } from './grid.js';
import { timeInference } from './inference.js';
import { timeKernels } from './kernels.js';
import { originOf, type BenchResult, type SkippedShape } from './results.js';
import { scalingSteps, timeScaling } from './scaling.js';
import { planOf, type SessionSettings } from './sessions.js';
import { modelOf, shapeText, type BenchShape, type Precision } from './shape.js';
import { sharesOf, timeTrainStep } from './train-step.js';

export interface BenchOptions extends SessionSettings {
  readonly grid: GridOptions;
  /** How long to time each shape. */
  readonly seconds: number;
  /** Most bytes of buffers that a step may use. Default: the adapter's limit. */
  readonly mostBytes?: number | undefined;
}

/** What a benchmark needs from its caller. */
export interface BenchHost {
  /** The device. */
  readonly engine: Engine;
  /** Opens a new one if a shape was too large and the device is unusable. */
  reopen(): Promise<Engine>;
  /** Progress: called before each measurement. */
  progress(done: number, total: number, note: string): void;
  /** Called with each result. */
  result(result: BenchResult | SkippedShape): void;
}

/** Longest time to measure a ceiling. */
const CEILING_SECONDS = 1;

type Job = (engine: Engine, shape: BenchShape) => Promise<BenchResult>;

/**
 * Answers one question for every shape. If there are several, those that the adapter cannot run are
 * skipped.
 *
 * @throws ConfigError for an invalid shape; AdapterError if the only shape does not fit
 */
export async function runBench(
  question: Question,
  options: BenchOptions,
  host: BenchHost,
): Promise<void> {
  const { gpu } = host.engine;
  const traits = { software: gpu.adapter.software, f16: gpu.features.has('shader-f16') };
  if (question === 'scaling') return runScaling(options, host, traits);
  const shapes = shapesOf(question, options.grid, traits);
  if (shapes.length === 0) {
    throw new ConfigError(
      'none of these shapes is small enough for a software adapter',
      'Give all of --batch, --frames and --units to time one anyway.',
    );
  }
  await runShapes(question, shapes, jobOf(question, options), host);
}

function jobOf(question: Exclude<Question, 'scaling'>, options: BenchOptions): Job {
  switch (question) {
    case 'train-step': {
      const ceilings = new Map<Precision, Ceilings>();
      return async (engine, shape) => {
        modelOf(shape); // refused before the slow measurement of ceilings
        await planOf(engine, shape, options); // so that tuning does not count towards the first step
        const known = ceilings.get(shape.precision);
        const ceiling = known ?? (await ceilingsOf(engine, shape.precision, options));
        ceilings.set(shape.precision, ceiling);
        const timing = await timeTrainStep(engine, shape, options);
        const shares = sharesOf(timing, ceiling);
        const origin = originOf(engine.gpu.adapter);
        return { bench: question, ...origin, shape, ...timing, ...shares, ceilings: ceiling };
      };
    }
    case 'inference':
      return async (engine, shape) => {
        await planOf(engine, shape, options);
        const timing = await timeInference(engine, shape, options);
        return { bench: question, ...originOf(engine.gpu.adapter), shape, ...timing };
      };
    case 'kernels':
      return async (engine, shape) => {
        const timing = await timeKernels(engine, shape, options);
        return { bench: question, ...originOf(engine.gpu.adapter), shape, ...timing };
      };
  }
}

function ceilingsOf(engine: Engine, precision: Precision, options: BenchOptions) {
  const seconds = Math.min(CEILING_SECONDS, options.seconds);
  return measureCeilings(engine, precision, seconds, options);
}

async function runShapes(
  question: Question,
  shapes: readonly BenchShape[],
  job: Job,
  host: BenchHost,
): Promise<void> {
  let { engine } = host;
  for (const [done, shape] of shapes.entries()) {
    host.progress(done, shapes.length, shapeText(shape));
    try {
      host.result(await job(engine, shape));
    } catch (error) {
      if (shapes.length === 1 || !isOfShape(error)) throw error;
      const skipped = error.message;
      host.result({ bench: question, ...originOf(engine.gpu.adapter), shape, skipped });
      if (isSpent(engine)) engine = await host.reopen();
    }
  }
}

async function runScaling(
  options: BenchOptions,
  host: BenchHost,
  traits: { readonly software: boolean; readonly f16: boolean },
): Promise<void> {
  const { varied, bases } = scalingOf(options.grid, traits);
  const total = bases.length * scalingSteps(varied);
  let done = 0;
  for (const shape of bases) {
    const told = () => host.progress(++done, total, shapeText(shape));
    host.progress(done, total, shapeText(shape));
    const timing = await timeScaling(host.engine, shape, varied, options, told);
    const origin = originOf(host.engine.gpu.adapter);
    host.result({ bench: 'scaling', ...origin, shape, ...timing });
  }
}

/** Whether an error is due to the shape: too much memory or work, or a precision that the adapter lacks. */
function isOfShape(error: unknown): error is AlstmError {
  return (
    error instanceof AdapterError ||
    error instanceof DeviceLostError ||
    error instanceof ConfigError
  );
}

/** A device that has reported an error keeps reporting it. */
function isSpent({ gpu }: Engine): boolean {
  try {
    gpu.check();
    return false;
  } catch {
    return true;
  }
}
