/** The passes of a training step, each alone in a series of dispatches. */
import { BufferPool } from '../gpu/buffers.js';
import type { Engine } from '../gpu/engine.js';
import { Executable } from '../gpu/executable.js';
import { initialParameters } from '../network/init.js';
import { layoutParameters, packParameters } from '../network/parameters.js';
import type { BatchCapacity } from '../network/time.js';
import type { KernelPlan } from '../plan/plan.js';
import { BatchPacker } from '../session/batch.js';
import { madeUpBatch } from './batches.js';
import { repeatPasses, scalarsFor, timePass } from './passes.js';
import { stepPrograms } from './sessions.js';
import { modelOf, type BenchShape } from './shape.js';
import type { StepWork } from './step-work.js';
import type { Clock } from './timing.js';

/** Milliseconds of a pass. */
export interface PassTime {
  readonly ms: number;
  readonly fastest: number;
}

export interface LoopOptions {
  readonly seed: number;
  /** For all passes together. */
  readonly seconds: number;
  /** Default: the process's clock. */
  readonly clock?: Clock | undefined;
}

/** Median and least milliseconds by pass, each alone; for a split batch, summed over its microbatches. */
export async function loopPasses(
  engine: Engine,
  shape: BenchShape,
  plan: KernelPlan,
  { sizes, size, passes: { length: count } }: StepWork,
  { seed, seconds, clock }: LoopOptions,
): Promise<{ times: Map<string, PassTime>; steps: number }> {
  const { gpu, pipelines } = engine;
  const model = modelOf(shape);
  const pool = new BufferPool(gpu);
  const executables: Executable[] = [];
  const times = new Map<string, PassTime>();
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
    const batch = madeUpBatch(shape, seed);
    const kinds = alike(sizes);
    for (const executable of executables) {
      const { name: program, passes } = executable.program;
      // clearing and the update run once per step
      for (const { own, parts } of program === 'gradients' ? kinds : [{ own: size, parts: 1 }]) {
        // lengths and positions decide what the recurrences do
        const rows = [...Array(own.utterances).keys()];
        const packed = new BatchPacker().pack(model, batch, rows);
        for (const [name, data] of Object.entries(packed.inputs)) executable.writeInput(name, data);
        const scalars = { ...own, ...packed.scalars };
        executable.setScalars(scalarsFor(executable.program, scalars));
        await repeatPasses(gpu, executable, 0, passes.length, 1);
        for (const [index, { name, kind }] of passes.entries()) {
          if (kind === 'clear') continue; // as in traces
          const timing = await timePass(
            gpu,
            executable,
            index,
            seconds / (count * kinds.length),
            clock,
          );
          const { ms = 0, fastest = 0 } = times.get(name) ?? {};
          times.set(name, {
            ms: ms + parts * timing.ms,
            fastest: fastest + parts * timing.fastest,
          });
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
