import type { Pass, Program, Scalars } from '../graph/types.js';
import { uniformsAt } from '../graph/validate.js';
import { elementwise, transposed } from './elementwise.js';
import { plus, type Dispatched, type Instructions, type KernelWork } from './kernel-work.js';
import type { Machine } from './machine.js';
import { registerMatmul, subgroupMatmul, tiledMatmul } from './matmul.js';
import { workOf } from './pass-work.js';
import { cooperative, persistentBackward, persistentForward, slices } from './recurrence.js';

/** What a pass waits for most: instructions, memory, what is sequential, or its launch. */
export const bounds = ['compute', 'memory', 'latency', 'dispatch'] as const;
export type Bound = (typeof bounds)[number];

export interface Prediction {
  readonly ms: number;
  readonly bound: Bound;
}

export interface PassPrediction extends Prediction {
  readonly name: string;
  readonly kernel: string;
  readonly part?: string | undefined;
  readonly flop: number;
}

/** The work of a dispatch, by its kernel. */
export function kernelWork(own: Dispatched, bytes: number): KernelWork {
  switch (own.pass.kernel.name) {
    case 'matmul_nn':
    case 'matmul_nt':
    case 'matmul_outer':
    case 'matmul_tn':
      return registerMatmul(own);
    case 'matmul_tiled':
    case 'matmul_tn_tiled':
      return tiledMatmul(own);
    case 'matmul_subgroup':
    case 'matmul_tn_subgroup':
      return subgroupMatmul(own);
    case 'recurrence_forward':
      return persistentForward(own);
    case 'recurrence_backward':
      return persistentBackward(own);
    case 'recurrence_slice_forward':
      return slices(own, false);
    case 'recurrence_slice_backward':
      return slices(own, true);
    case 'recurrence_cooperative_forward':
      return cooperative(own, false);
    case 'recurrence_cooperative_backward':
      return cooperative(own, true);
    case 'transpose':
    case 'transpose_recurrent':
      return transposed(own, bytes);
    default:
      return elementwise(own, bytes);
  }
}

/** Microseconds of a processor for instructions of one workgroup. */
export function instructionsUs(machine: Machine, own: Instructions): number {
  const { load, staged, special, integer, processors, gflops, matrixGflops } = machine;
  const slots =
    own.madds +
    load * own.loads +
    staged * own.staged +
    special * own.special +
    integer * own.integer;
  const matrices = own.matrixFlop === 0 ? 0 : own.matrixFlop / Math.max(1, matrixGflops);
  return (processors * Math.max((8 * slots) / gflops, matrices)) / 1e3;
}

/** A poll takes this long at least. */
const LEAST_POLL_US = 0.1;

/** Workgroups of a dispatch that a processor runs at a time: as many as it has room for. */
function residentGroups(machine: Machine, { groups, lanes, workgroupBytes }: KernelWork): number {
  if (machine.software) return 1;
  const byLanes = Math.floor(machine.mostLanes / lanes);
  const byBytes = Math.floor(machine.workgroupBytes / Math.max(1, workgroupBytes));
  const room = Math.max(1, Math.min(byLanes, byBytes));
  return Math.min(room, Math.ceil(groups / machine.processors));
}

/** Share of a vector's lanes, or of what a processor needs to be busy, that `lanes` lanes fill. */
function fill(machine: Machine, lanes: number): number {
  if (machine.software) return lanes / (machine.width * Math.ceil(lanes / machine.width));
  return Math.min(1, lanes / machine.busyLanes);
}

/**
 * Time of a dispatch. Its workgroups come in waves, several side by side on a processor. A step of a wave takes as
 * long as the instructions of all of them, as the bytes they stream, or as one of them alone, which waits for
 * what is sequential: whichever is longest. No dispatch beats memory.
 *
 * @param bytes that it moves, each once
 * @param factor time of its instructions over the time as counted
 */
export function predict(
  machine: Machine,
  work: KernelWork,
  bytes: number,
  factor: number,
): Prediction {
  const { software, processors, dispatchUs } = machine;
  const resident = residentGroups(machine, work);
  const waves = Math.max(1, work.groups / (processors * resident));
  const instructions = factor * instructionsUs(machine, plus(work.loop, work.rest));
  const compute = (resident * instructions) / fill(machine, resident * work.lanes);
  const alone = instructions / fill(machine, work.lanes);
  const latency = latencyUs(machine, work);
  const stream = streamUs(machine, work, resident);
  const step = Math.max(compute, stream, alone + latency);
  // threads of a software adapter take the next workgroup as soon as they are free
  const run = (software ? waves : Math.ceil(waves)) * work.steps * step;
  // a workgroup waits in vain for one that does not run yet
  const vain = waves > 1 ? (work.patience ?? 0) * Math.max(machine.loadUs, LEAST_POLL_US) : 0;
  const memory = software ? 0 : bytes / machine.copyGBPerSecond / 1e3;
  const busy = Math.max(run + vain, memory);
  const bound = (): Bound => {
    if (dispatchUs > busy) return 'dispatch';
    if (memory > run + vain || step === stream) return 'memory';
    return vain > run || (step > compute && latency > alone) ? 'latency' : 'compute';
  };
  return { ms: (dispatchUs + busy) / 1e3, bound: bound() };
}

/** Microseconds of a workgroup's step in which it waits. */
function latencyUs(machine: Machine, { barriers, lanes, waits, exchanges }: KernelWork): number {
  const vectors = machine.software ? Math.ceil(lanes / machine.width) : 1;
  return (
    barriers * machine.barrierUs * vectors + waits * machine.loadUs + exchanges * machine.exchangeUs
  );
}

/** Microseconds for what the workgroups of a processor stream in a step. */
function streamUs(machine: Machine, work: KernelWork, resident: number): number {
  if (machine.software || work.streamed === 0) return 0;
  if (work.again && work.streamed <= machine.nearBytes) return 0;
  const active = Math.min(machine.processors, work.groups);
  // bytes a microsecond
  const rate = 1e3 * Math.min(machine.readGBPerSecond, machine.cacheGBPerSecond / active);
  const trips = work.streamed / (work.lanes * work.inFlight);
  return Math.max((resident * work.streamed) / rate, trips * machine.loadUs);
}

/** Prediction for a pass; undefined if it does not run at these scalars. */
export function predictPass(
  machine: Machine,
  pass: Pass,
  scalars: Scalars,
): PassPrediction | undefined {
  const own = workOf(pass, scalars);
  if (own === undefined) return undefined;
  const { name, part } = pass;
  const { flop } = own;
  if (pass.kind === 'clear') {
    const memory = own.bytes / machine.copyGBPerSecond / 1e6;
    const launch = machine.dispatchUs / 1e3;
    const bound = memory > launch ? 'memory' : 'dispatch';
    return { name, kernel: 'clear', part, flop, ms: memory + launch, bound };
  }
  const uniforms = uniformsAt(pass, scalars);
  const [x, y, z] = pass.kernel.workgroups(uniforms, pass.constants, pass.defines);
  const work = kernelWork({ pass, uniforms, groups: x * y * z }, own.bytes);
  const { kernel } = own;
  return {
    name,
    kernel,
    part,
    flop,
    ...predict(machine, work, own.bytes, machine.kernels[kernel] ?? 1),
  };
}

/** Predictions for all passes of a program that run. */
export function predictProgram(
  machine: Machine,
  program: Program,
  scalars: Scalars,
): PassPrediction[] {
  return program.passes.flatMap((pass) => predictPass(machine, pass, scalars) ?? []);
}
