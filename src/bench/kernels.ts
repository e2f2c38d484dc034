import { AdapterError } from '../core/errors.js';
import { packParameters, layoutParameters } from '../network/parameters.js';
import { BufferPool } from '../gpu/buffers.js';
import type { Engine } from '../gpu/engine.js';
import { Executable } from '../gpu/executable.js';
import type { BatchCapacity } from '../network/time.js';
import { initialParameters } from '../network/init.js';
import type { KernelPlan } from '../plan/plan.js';
import { madeUpBatch } from './batches.js';
import { repeatPasses, scalarsFor, timePass } from './passes.js';
import { stepPrograms, trainingSession, type SessionSettings } from './sessions.js';
import { modelOf, type BenchShape } from './shape.js';
import { stepWork, type StepWork } from './step-work.js';
import type { PassWork } from './work.js';

export interface KernelOptions extends SessionSettings {
  readonly seconds: number;
  readonly mostBytes?: number | undefined;
}

/** One pass of a training step. */
export interface PassTiming {
  readonly name: string;
  readonly kernel: string;
  readonly ms: number;
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
      const ms = times.get(pass.name);
      return ms === undefined ? [] : [{ ...pass, ms }];
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
      passes: passes.map(({ name, kernel, ...pass }) => ({ name, kernel, ...ratesOf(pass) })),
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

/** Mean milliseconds by pass over traced steps. */
async function traceSteps(step: () => Promise<void>, tracing: Tracing, seconds: number) {
  const times = new Map<string, number>();
  await step();
  await step();
  const end = performance.now() + 1000 * seconds;
  let steps = 0;
  do {
    tracing.startTrace();
    await step();
    for (const { name, duration } of await tracing.stopTrace()) {
      times.set(name, (times.get(name) ?? 0) + duration / 1000);
    }
    steps++;
  } while (performance.now() < end);
  for (const [name, ms] of times) times.set(name, ms / steps);
  return { times, steps };
}

/** Median milliseconds by pass, each alone; for a split batch, summed over its microbatches. */
async function loopPasses(
  engine: Engine,
  shape: BenchShape,
  plan: KernelPlan,
  { sizes, size, passes: { length: count } }: StepWork,
  { seed, seconds }: KernelOptions,
) {
  const { gpu, pipelines } = engine;
  const model = modelOf(shape);
  const pool = new BufferPool(gpu);
  const executables: Executable[] = [];
  const times = new Map<string, number>();
  let steps = 0;
  try {
    const programs = Object.values(stepPrograms(shape, plan, size));
    for (const program of programs) {
      const executable = await Executable.create(gpu, pipelines, pool, program);
      executables.push(executable);
      if (program.places.has('loss_scale')) executable.write('loss_scale', Float32Array.of(1, 0));
    }
    const layout = layoutParameters(model);
    const parameters = pool.named('parameters', layout.size * 4);
    gpu.device.queue.writeBuffer(
      parameters,
      0,
      packParameters(layout, initialParameters(model, seed)),
    );
    const kinds = alike(sizes);
    for (const executable of executables) {
      const { name: program, passes } = executable.program;
      // clearing and the update run once per step
      for (const { own, parts } of program === 'gradients' ? kinds : [{ own: size, parts: 1 }]) {
        executable.setScalars(scalarsFor(executable.program, { ...own }));
        await repeatPasses(gpu, executable, 0, passes.length, 1);
        for (const [index, { name, kind }] of passes.entries()) {
          if (kind === 'clear') continue; // as in traces
          const timing = await timePass(gpu, executable, index, seconds / (count * kinds.length));
          times.set(name, (times.get(name) ?? 0) + parts * timing.ms);
          steps += timing.steps;
        }
      }
    }
    return { times, steps };
  } finally {
    for (const executable of executables) executable.destroy();
    pool.destroy();
  }
}

/** Groups microbatches of the same size. */
function alike(sizes: readonly BatchCapacity[]): { own: BatchCapacity; parts: number }[] {
  const kinds = new Map<string, { own: BatchCapacity; parts: number }>();
  for (const own of sizes) {
    const key = [own.frames, own.utterances, own.longest].join();
    kinds.set(key, { own, parts: (kinds.get(key)?.parts ?? 0) + 1 });
  }
  return [...kinds.values()];
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
