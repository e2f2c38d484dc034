/** What Measure asks of the worker. */
import { madeUpBatch } from '../../bench/batches.js';
import { timeInference } from '../../bench/inference.js';
import { timeKernels } from '../../bench/kernels.js';
import { originOf } from '../../bench/results.js';
import { trainingSession } from '../../bench/sessions.js';
import { modelOf, ordinary, type BenchShape } from '../../bench/shape.js';
import { timeBlocks, timeOnce, type Timing } from '../../bench/timing.js';
import type { Engine } from '../../gpu/engine.js';
import type { Measured, MeasureSettings, PassRow, WorkerEvent } from '../protocol.js';
import { theEngine } from './engine.js';

const SEED = 0;

/** @throws ConfigError for an impossible shape; AdapterError if it does not fit */
export async function measure(
  settings: MeasureSettings,
  tell: (event: WorkerEvent) => void,
): Promise<Measured> {
  const engine = await theEngine();
  const { cell, batch, frames, units, frontendUnits, seconds } = settings;
  const shape: BenchShape = {
    ...ordinary,
    ...{ cell, batch, frames, units, frontendUnits },
    headHidden: frontendUnits,
    period: Math.max(...ordinary.offsets),
    precision: 'f32',
  };
  modelOf(shape); // refused before anything is timed
  const timestamps = engine.gpu.features.has('timestamp-query');
  const total = timestamps ? 3 : 2;
  const begin = (done: number, note: 'training' | 'inference' | 'passes') =>
    tell({ kind: 'progress', of: 'measure', note, done, total });
  begin(0, 'training');
  const step = await timeSteps(engine, shape, seconds);
  begin(1, 'inference');
  const { ms, framesPerSecond, latency } = await timeInference(engine, shape, {
    seed: SEED,
    seconds,
  });
  if (timestamps) begin(2, 'passes');
  const passes = timestamps ? await timePasses(engine, shape, seconds) : undefined;
  const { adapter, driver, version, date } = originOf(engine.gpu.adapter);
  return {
    ...{ adapter, driver, version, date },
    shape: settings,
    trainStep: {
      ms: step.ms,
      steps: step.steps,
      framesPerSecond: (1000 * batch * frames) / step.ms,
    },
    inference: { ms, framesPerSecond, latencyMs: latency.ms, latencyP95: latency.p95 },
    ...(passes && { passes }),
  };
}

/** Consecutive whole training steps, as training runs them. */
async function timeSteps(engine: Engine, shape: BenchShape, seconds: number): Promise<Timing> {
  const session = await trainingSession(engine, shape, { seed: SEED });
  try {
    const batch = madeUpBatch(shape, SEED);
    const steps = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i++) await session.step(batch, 1e-3);
      await session.readLosses(); // waits for the device
    };
    await steps(2); // compiles, warms up
    return await timeBlocks(steps, await timeOnce(() => steps(1)), seconds);
  } finally {
    session.destroy();
  }
}

/** Slowest first. */
async function timePasses(
  engine: Engine,
  shape: BenchShape,
  seconds: number,
): Promise<readonly PassRow[]> {
  const { passes } = await timeKernels(engine, shape, { seed: SEED, seconds }, 'timestamps');
  return passes
    .map(({ name, ms, gflops, gbPerSecond }) => ({ name, ms, gflops, gbPerSecond }))
    .sort((a, b) => b.ms - a.ms);
}
