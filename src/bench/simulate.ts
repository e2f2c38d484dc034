/** A training step as the cost model predicts it, pass by pass, and held against measured times. */
import { kernelFactors, type TimedPass } from '../cost/factors.js';
import type { Machine } from '../cost/machine.js';
import { machineOf } from '../cost/machines.js';
import { bounds, predictProgram, type Bound } from '../cost/predict.js';
import type { Engine } from '../gpu/engine.js';
import { capacityScalars } from '../network/scalars.js';
import type { KernelPlan } from '../plan/plan.js';
import { measureCeilings, type Ceilings } from '../tuning/probes.js';
import { equalLengths } from './batches.js';
import { loopPasses } from './loop-passes.js';
import { processorMs } from './processor-time.js';
import { stepPrograms } from './sessions.js';
import { median } from './statistics.js';
import { modelOf, ordinary, type BenchShape } from './shape.js';
import { capacityOf, stepWork } from './step-work.js';

/** One pass of a step; the dispatches of a recurrence are one. */
export interface SimulatedPass {
  readonly name: string;
  readonly kernel: string;
  readonly dispatches: number;
  readonly ms: number;
  /** Of the predicted step. */
  readonly share: number;
  readonly bound: Bound;
  readonly flop: number;
}

export interface Simulation {
  readonly ms: number;
  readonly passes: readonly SimulatedPass[];
  /** Milliseconds by what the passes wait for most. */
  readonly bounds: Readonly<Record<Bound, number>>;
}

/** A pass with the time that it was measured to take. */
export interface ComparedPass {
  readonly name: string;
  readonly kernel: string;
  readonly ms: number;
  readonly measured: number;
  /** Of the measured step. */
  readonly share: number;
  /** Predicted over measured. */
  readonly ratio: number;
}

/** `recurrent: from step 64`, `d recurrent: step 3 phase 1` → the recurrence that they are a piece of. */
function wholeName(name: string): string {
  return name.replace(/:(?: from| down to)? step \d+.*$/, '');
}

/** Predicts every pass of a step, the longest first. */
export function simulate(machine: Machine, shape: BenchShape, plan: KernelPlan): Simulation {
  const size = capacityOf(equalLengths(shape));
  const scalars = capacityScalars(modelOf(shape), size);
  const passes = new Map<string, SimulatedPass>();
  for (const program of Object.values(stepPrograms(shape, plan, size))) {
    for (const { name, kernel, ms, bound, flop } of predictProgram(machine, program, scalars)) {
      const whole = wholeName(name);
      const known = passes.get(whole);
      passes.set(whole, {
        name: whole,
        kernel,
        dispatches: (known?.dispatches ?? 0) + 1,
        ms: ms + (known?.ms ?? 0),
        share: 0,
        bound: known?.bound ?? bound,
        flop: flop + (known?.flop ?? 0),
      });
    }
  }
  const all = [...passes.values()];
  const ms = all.reduce((sum, pass) => sum + pass.ms, 0);
  const of = (bound: Bound) =>
    all.reduce((sum, pass) => sum + (pass.bound === bound ? pass.ms : 0), 0);
  return {
    ms,
    passes: all.map((pass) => ({ ...pass, share: pass.ms / ms })).sort((a, b) => b.ms - a.ms),
    bounds: Object.fromEntries(bounds.map((bound) => [bound, of(bound)])) as Record<Bound, number>,
  };
}

/** A shape, and the fastest time of each of its passes. */
export interface MeasuredShape {
  readonly shape: BenchShape;
  readonly plan: KernelPlan;
  readonly times: ReadonlyMap<string, number>;
}

/**
 * Times every pass of the shapes alone, in several rounds that all shapes take in turns; the fastest counts. On a
 * software adapter by processor time: other work on the machine lengthens that least, and the machine's
 * `processors` is then 1.
 */
export async function measureShapes(
  engine: Engine,
  shapes: readonly { readonly shape: BenchShape; readonly plan: KernelPlan }[],
  { rounds, seconds }: { readonly rounds: number; readonly seconds: number },
): Promise<MeasuredShape[]> {
  const clock = engine.gpu.adapter.software ? processorMs : undefined;
  const all = shapes.map((own) => ({ ...own, times: new Map<string, number>() }));
  for (let round = 0; round < rounds; round++) {
    for (const { shape, plan, times } of all) {
      const work = stepWork(engine.gpu, shape, plan);
      const found = await loopPasses(engine, shape, plan, work, { seed: 0, seconds, clock });
      for (const [name, { fastest }] of found.times) {
        times.set(name, Math.min(fastest, times.get(name) ?? Infinity));
      }
    }
  }
  return all;
}

/** Networks that an adapter's kernels are timed with, narrow and wide. */
export function fittedShapes(precision: BenchShape['precision'], software: boolean): BenchShape[] {
  const [batch, frames] = software ? [8, 40] : [32, 100];
  return [32, 128].map((units) => ({
    ...ordinary,
    ...{ batch, frames, units, cell: 'a-lstm', period: 5, precision },
  }));
}

/** The ceilings of an adapter, by micro-benchmarks: medians over several rounds. */
export async function measureMachine(engine: Engine, rounds: number): Promise<Machine> {
  const { gpu } = engine;
  const { kind, software, name } = gpu.adapter;
  const known = machineOf(kind);
  const found: Ceilings[] = [];
  for (let round = 0; round < rounds; round++) {
    found.push(await measureCeilings(gpu, known.width, software ? processorMs : undefined));
  }
  const names = Object.keys(found[0] ?? {}) as (keyof Ceilings)[];
  const middle = names.map((own) => [own, median(found.map((round) => round[own]))]);
  const ceilings = Object.fromEntries(middle) as unknown as Ceilings;
  // the time is one processor's, whose lanes do not wait
  const { processors, loadUs, exchangeUs } = software ? known : ceilings;
  return { ...known, ...ceilings, processors, loadUs, exchangeUs, name, kernels: {} };
}

/** The machine with the factors of its kernels, by the passes of measured shapes. */
export function fitKernels(machine: Machine, measured: readonly MeasuredShape[]): Machine {
  const timed = measured.flatMap(({ shape, plan, times }): TimedPass[] => {
    const size = capacityOf(equalLengths(shape));
    const scalars = capacityScalars(modelOf(shape), size);
    return Object.values(stepPrograms(shape, plan, size)).flatMap(({ passes }) =>
      passes.flatMap((pass) => {
        const ms = times.get(pass.name);
        return ms === undefined ? [] : [{ pass, scalars, ms }];
      }),
    );
  });
  return { ...machine, kernels: kernelFactors(machine, timed) };
}

/** Predictions beside measured times, the longest first. */
export function compare(
  { passes }: Simulation,
  times: ReadonlyMap<string, number>,
): { readonly measured: number; readonly passes: readonly ComparedPass[] } {
  const measured = new Map<string, number>();
  for (const [name, ms] of times) {
    const whole = wholeName(name);
    measured.set(whole, ms + (measured.get(whole) ?? 0));
  }
  const total = [...measured.values()].reduce((sum, ms) => sum + ms, 0);
  const compared = passes.flatMap(({ name, kernel, ms }): ComparedPass[] => {
    const own = measured.get(name);
    if (own === undefined) return [];
    return [{ name, kernel, ms, measured: own, share: own / total, ratio: ms / own }];
  });
  return { measured: total, passes: compared.sort((a, b) => b.measured - a.measured) };
}
