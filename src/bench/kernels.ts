import { AdapterError } from '../core/errors.js';
import type { Engine } from '../gpu/engine.js';
import type { KernelPlan } from '../plan/plan.js';
import { madeUpBatch } from './batches.js';
import { loopPasses, type PassTime } from './loop-passes.js';
import { trainingSession, type SessionSettings } from './sessions.js';
import type { BenchShape } from './shape.js';
import { stepWork } from './step-work.js';
import type { PassWork } from '../cost/pass-work.js';

export interface KernelOptions extends SessionSettings {
  readonly seconds: number;
  readonly mostBytes?: number | undefined;
}

/** One pass of a training step. */
export interface PassTiming {
  readonly name: string;
  readonly kernel: string;
  readonly ms: number;
  /** In the fastest step or block: other work on the machine only adds time. */
  readonly fastest: number;
  readonly gflops: number;
  /** Based on the floor in bytes. */
  readonly gbPerSecond: number;
}

/** All passes of one kernel together. */
export interface KernelTiming {
  readonly kernel: string;
  readonly passes: number;
  readonly ms: number;
  /** Share of the sum over all kernels. */
  readonly share: number;
  readonly gflops: number;
  readonly gbPerSecond: number;
}

export interface KernelsTiming {
  /** `timestamps`: within whole steps, each pass in its own compute pass; `loops`: each pass alone. */
  readonly method: 'timestamps' | 'loops';
  /** Sum over the passes. */
  readonly ms: number;
  readonly steps: number;
  readonly framesPerSecond: number;
  readonly kernels: readonly KernelTiming[];
  readonly passes: readonly PassTiming[];
  readonly plan: KernelPlan;
}

/**
 * Times every pass of a training step: with timestamp queries if the adapter has them, as the mean over
 * the steps, else each pass alone in repeated dispatches. Alone, a pass has its inputs in the cache, and
 * an in-place one has its own results as inputs: use times from loops only to compare variants.
 */
export async function timeKernels(
  engine: Engine,
  shape: BenchShape,
  options: KernelOptions,
  method: KernelsTiming['method'] = engine.gpu.features.has('timestamp-query')
    ? 'timestamps'
    : 'loops',
): Promise<KernelsTiming> {
  const session = await trainingSession(engine, shape, options);
  const { plan } = session;
  try {
    const work = stepWork(engine.gpu, shape, plan, options.mostBytes);
    const batch = madeUpBatch(shape, options.seed);
    if (method === 'loops') session.destroy();
    const { times, steps } =
      method === 'timestamps'
        ? await traceSteps(() => session.step(batch, 1e-3), session, options.seconds)
        : await loopPasses(engine, shape, plan, work, options);
    const passes = work.passes.flatMap((pass) => {
      const time = times.get(pass.name);
      return time === undefined ? [] : [{ ...pass, ...time }];
    });
    const missing = work.passes.filter(
      ({ name, kernel }) => kernel !== 'clear' && !times.has(name),
    );
    if (missing.length > 0) {
      throw new AdapterError(
        `the trace is too short for all ${work.passes.length} passes: ${missing.length} are missing`,
        'Give fewer --frames.',
      );
    }
    const ms = passes.reduce((sum, pass) => sum + pass.ms, 0);
    return {
      method,
      ms,
      steps,
      framesPerSecond: (1000 * shape.batch * shape.frames) / ms,
      kernels: byKernel(passes, ms),
      passes: passes.map(({ name, kernel, fastest, ...pass }) => ({
        ...{ name, kernel, ...ratesOf(pass), fastest },
      })),
      plan,
    };
  } finally {
    session.destroy();
  }
}

interface Tracing {
  startTrace(): void;
  stopTrace(): Promise<readonly { readonly name: string; readonly duration: number }[]>;
}

/** Mean and least milliseconds by pass over traced steps. */
async function traceSteps(step: () => Promise<void>, tracing: Tracing, seconds: number) {
  const times = new Map<string, PassTime>();
  await step();
  await step();
  const end = performance.now() + 1000 * seconds;
  let steps = 0;
  do {
    tracing.startTrace();
    await step();
    const own = new Map<string, number>();
    for (const { name, duration } of await tracing.stopTrace()) {
      own.set(name, (own.get(name) ?? 0) + duration / 1000);
    }
    for (const [name, now] of own) {
      const { ms = 0, fastest = Infinity } = times.get(name) ?? {};
      times.set(name, { ms: ms + now, fastest: Math.min(fastest, now) });
    }
    steps++;
  } while (performance.now() < end);
  for (const [name, time] of times) times.set(name, { ...time, ms: time.ms / steps });
  return { times, steps };
}

type Timed = Pick<PassWork, 'flop' | 'bytes'> & { readonly ms: number };

function ratesOf({ ms, flop, bytes }: Timed) {
  return { ms, gflops: flop / ms / 1e6, gbPerSecond: bytes / ms / 1e6 };
}

/** Slowest first. */
function byKernel(passes: readonly (PassWork & Timed)[], total: number): KernelTiming[] {
  const names = [...new Set(passes.map(({ kernel }) => kernel))];
  const sum = (own: readonly Timed[], of: (pass: Timed) => number) =>
    own.reduce((a, pass) => a + of(pass), 0);
  return names
    .map((kernel) => {
      const own = passes.filter((pass) => pass.kernel === kernel);
      const ms = sum(own, (pass) => pass.ms);
      const rates = ratesOf({
        ms,
        flop: sum(own, ({ flop }) => flop),
        bytes: sum(own, ({ bytes }) => bytes),
      });
      return { kernel, passes: own.length, share: ms / total, ...rates };
    })
    .sort((a, b) => b.ms - a.ms);
}
