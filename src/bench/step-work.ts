import { AdapterError } from '../core/errors.js';
import { sizeOf } from '../session/batch.js';
import type { Gpu } from '../gpu/device.js';
import { formatBytes } from '../graph/print.js';
import type { Program } from '../graph/types.js';
import type { BatchCapacity } from '../network/time.js';
import type { KernelPlan } from '../plan/plan.js';
import { equalLengths } from './batches.js';
import { stepPrograms, stepSplit } from './sessions.js';
import type { BenchShape } from './shape.js';
import { passWork, sumWork, type PassWork, type Work } from '../cost/pass-work.js';

/** Work and memory of one training step. */
export interface StepWork extends Work {
  /** Microbatches into which the adapter's limits split the batch, as in training. */
  readonly parts: number;
  /** Size of each microbatch. */
  readonly sizes: readonly BatchCapacity[];
  /** A size that holds any of them. */
  readonly size: BatchCapacity;
  /** Bytes of all buffers. */
  readonly memory: number;
  readonly passes: readonly PassWork[];
}

export function capacityOf(lengths: readonly number[]): BatchCapacity {
  return {
    frames: lengths.reduce((a, b) => a + b, 0),
    utterances: lengths.length,
    longest: Math.max(...lengths),
  };
}

/**
 * Operations and bytes of a training step: counted over every pass of its programs, not
 * measured. Utterances of different lengths count as if all were as long as the longest.
 *
 * @param mostBytes limit of device memory
 * @throws AdapterError if the step needs more, or not even one utterance fits
 */
export function stepWork(
  gpu: Pick<Gpu, 'limits'>,
  shape: BenchShape,
  plan: KernelPlan,
  mostBytes = Infinity,
  lengths: readonly number[] = equalLengths(shape),
): StepWork {
  const all = Int32Array.from(lengths);
  const { microbatches, size } = stepSplit(gpu, shape, plan, all);
  const programs = stepPrograms(shape, plan, size);
  const memory = memoryOf(Object.values(programs));
  if (memory > mostBytes) {
    const free = formatBytes(mostBytes);
    throw new AdapterError(
      `a step needs ${formatBytes(memory)}, but only ${free} are free`,
      smaller,
    );
  }
  const sizes = microbatches.map((rows) => sizeOf(all, rows));
  const passes = [
    ...passWork(programs.clear, { ...size }),
    ...sumByName(sizes.flatMap((own) => passWork(programs.gradients, { ...own }))),
    ...passWork(programs.update, { ...size }),
  ];
  return { ...sumWork(passes), parts: microbatches.length, sizes, size, memory, passes };
}

/** A pass that runs for several microbatches counts once, with their total work. */
function sumByName(passes: readonly PassWork[]): PassWork[] {
  const sums = new Map<string, PassWork>();
  for (const pass of passes) {
    const { flop, bytes } = sumWork([pass, ...(sums.has(pass.name) ? [sums.get(pass.name)!] : [])]);
    sums.set(pass.name, { ...pass, flop, bytes });
  }
  return [...sums.values()];
}

const smaller = 'Give a smaller --batch, --frames or --units.';

/** Named buffers are shared; transient ones are lent to one program at a time. */
function memoryOf(programs: readonly Program[]): number {
  const named = new Map<string, number>();
  let lent = 0;
  for (const { buffers } of programs) {
    let own = 0;
    for (const { name, kind, bytes } of buffers) {
      if (kind === 'transient') own += bytes;
      else named.set(name, Math.max(bytes, named.get(name) ?? 0));
    }
    lent = Math.max(lent, own);
  }
  return [...named.values()].reduce((a, b) => a + b, lent);
}
