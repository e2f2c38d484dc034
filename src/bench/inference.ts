import { defaultFeatureSet } from '../features/sets/registry.js';
import type { Engine } from '../gpu/engine.js';
import type { KernelPlan } from '../plan/plan.js';
import { madeUpBatch } from './batches.js';
import { inferenceSession, type SessionSettings } from './sessions.js';
import type { BenchShape } from './shape.js';
import { median, quantile } from './statistics.js';
import { repeat } from './timing.js';

/** Frames in three seconds of audio. */
export const LATENCY_FRAMES = defaultFeatureSet.frames(3 * defaultFeatureSet.rate);

/** How long inference is timed, and how its session computes. */
export interface InferenceOptions extends SessionSettings {
  readonly seconds: number;
}

/** Latency of one utterance of three seconds, from its features on the host to its scores on the host. */
export interface Latency {
  readonly frames: number;
  readonly ms: number;
  readonly p95: number;
  readonly samples: number;
}

/** How long inference of a shape takes. */
export interface InferenceTiming {
  /** Median time of a batch, including reading back its results. */
  readonly ms: number;
  readonly fastest: number;
  readonly steps: number;
  readonly firstStepMs: number;
  readonly utterancesPerSecond: number;
  readonly framesPerSecond: number;
  readonly latency: Latency;
  /** Bytes of GPU buffers that the session held. */
  readonly bytes: number;
  readonly plan: KernelPlan;
}

/**
 * Times predictions of a random batch, one after the other, each with its scores and attention read
 * back before the next begins; then, in the same way, a single utterance of three seconds.
 *
 * @example
 * const timing = await timeInference(engine, shape, { seconds: 2, seed: 0 });
 * console.log(timing);
 */
export async function timeInference(
  engine: Engine,
  shape: BenchShape,
  options: InferenceOptions,
): Promise<InferenceTiming> {
  const { seed, seconds } = options;
  const single = { ...shape, batch: 1, frames: LATENCY_FRAMES };
  const latencies = await timePredictions(engine, single, options, seconds / 2);
  const began = performance.now();
  const session = await inferenceSession(engine, shape, options);
  try {
    const batch = madeUpBatch(shape, seed);
    await session.predict(batch);
    const firstStepMs = performance.now() - began;
    const times = await repeat(() => session.predict(batch), seconds);
    const ms = median(times);
    return {
      ms,
      fastest: Math.min(...times),
      steps: times.length,
      firstStepMs,
      utterancesPerSecond: (1000 * shape.batch) / ms,
      framesPerSecond: (1000 * shape.batch * shape.frames) / ms,
      latency: {
        frames: LATENCY_FRAMES,
        ms: median(latencies),
        p95: quantile(latencies, 0.95),
        samples: latencies.length,
      },
      bytes: session.bytes,
      plan: session.plan,
    };
  } finally {
    session.destroy();
  }
}

async function timePredictions(
  engine: Engine,
  shape: BenchShape,
  settings: SessionSettings,
  seconds: number,
): Promise<number[]> {
  const session = await inferenceSession(engine, shape, settings);
  try {
    const batch = madeUpBatch(shape, settings.seed);
    await session.predict(batch);
    return await repeat(() => session.predict(batch), seconds);
  } finally {
    session.destroy();
  }
}
