import { AdapterError, DispatchSizeError } from '../core/errors.js';
import type { Gpu } from '../gpu/device.js';
import { formatBytes } from '../graph/print.js';
import type { Program } from '../graph/types.js';
import type { BatchCapacity } from '../network/context.js';
import type { KernelPlan } from '../network/plan.js';
import { equalLengths } from './batches.js';
import { stepPrograms } from './sessions.js';
import type { BenchShape } from './shape.js';
import { passWork, sumWork, type PassWork, type Work } from './work.js';

/** What one training step needs. */
export interface StepWork extends Work {
  /** Parts that the adapter's limits split the batch into, as halves of halves. */
  readonly parts: number;
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
 * Operations and bytes of a training step: those of every pass of its programs, counted and not
 * measured. Utterances of different lengths count as if every one ran as long as the longest.
 *
 * @param mostBytes what the device may be asked for
 * @throws AdapterError where the step needs more, or not even one utterance fits
 */
export function stepWork(
  gpu: Pick<Gpu, 'limits'>,
  shape: BenchShape,
  plan: KernelPlan,
  mostBytes = Infinity,
  lengths: readonly number[] = equalLengths(shape),
): StepWork {
  for (let parts = 1; parts <= lengths.length; parts *= 2) {
    const rows = lengths.slice(0, Math.ceil(lengths.length / parts));
    const capacity = capacityOf(rows);
    const programs = programsWithin(gpu, shape, plan, capacity);
    if (!programs) continue;
    const memory = memoryOf(Object.values(programs));
    if (memory > mostBytes) {
      const free = formatBytes(mostBytes);
      throw new AdapterError(`a step needs ${formatBytes(memory)}, ${free} are free`, smaller);
    }
    const scalars = { ...capacity };
    const passes = [
      ...passWork(programs.clear, scalars),
      ...passWork(programs.gradients, scalars).map((pass) => times(pass, parts)),
      ...passWork(programs.update, scalars),
    ];
    return { ...sumWork(passes), parts, memory, passes };
  }
  throw new AdapterError('one utterance alone does not fit the adapter', smaller);
}

function times(pass: PassWork, count: number): PassWork {
  return { ...pass, flop: count * pass.flop, bytes: count * pass.bytes };
}

const smaller = 'Give a smaller --batch, --frames or --units.';

/** The step's programs; nothing where a dispatch or a buffer is larger than the adapter takes. */
function programsWithin(
  { limits }: Pick<Gpu, 'limits'>,
  shape: BenchShape,
  plan: KernelPlan,
  capacity: BatchCapacity,
) {
  try {
    const programs = stepPrograms(shape, plan, capacity);
    const most = Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize);
    const fits = Object.values(programs).every(({ buffers }) =>
      buffers.every(({ bytes }) => bytes <= most),
    );
    return fits ? programs : undefined;
  } catch (error) {
    if (error instanceof DispatchSizeError) return undefined;
    throw error;
  }
}

/** What has a name is shared; what is transient is lent to one program at a time. */
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
