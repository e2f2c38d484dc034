import type { Pass, Program, Scalars } from '../graph/types.js';
import { uniformsAt } from '../graph/validate.js';
import { elementwise, transposed } from './elementwise.js';
import { plus, type Dispatched, type Instructions, type KernelWork } from './kernel-work.js';
import type { Machine } from './machine.js';
import { registerMatmul, subgroupMatmul, tiledMatmul } from './matmul.js';
import { workOf } from './pass-work.js';
import { persistentBackward, persistentForward, slices } from './recurrence.js';

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
 * Time of a dispatch: its workgroups come in waves; each step of a wave takes as long as its instructions or the
 * bytes it streams, whichever is longer, and then what is sequential. No dispatch beats memory.
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
  const resident = residentGroups(machine, work);
  const waves = Math.max(1, work.groups / (machine.processors * resident));
  const whole = machine.software
    ? Math.max(1, Math.ceil(work.groups) / machine.processors)
    : Math.ceil(waves);
  const busy = fill(machine, resident * work.lanes);
  const compute = (factor * resident * instructionsUs(machine, plus(work.loop, work.rest))) / busy;
  const stream = streamUs(machine, work, resident);
  const vectors = machine.software ? Math.ceil(work.lanes / machine.width) : 1;
  const latency =
    work.barriers * machine.barrierUs * vectors +
    work.waits * machine.loadUs +
    work.exchanges * machine.exchangeUs;
  // workgroups side by side hide each other's waiting
  const waiting = latency / resident;
  const perStep = Math.max(compute, stream) + waiting;
  const memory = bytes / machine.copyGBPerSecond / 1e3;
  const run = whole * work.steps * perStep;
  const us = machine.dispatchUs + (machine.software ? run : Math.max(run, memory));
  const parts: Record<Bound, number> = {
    compute: whole * work.steps * (compute >= stream ? compute : 0),
    memory: Math.max(memory, whole * work.steps * (stream > compute ? stream : 0)),
    latency: whole * work.steps * waiting,
    dispatch: machine.dispatchUs,
  };
  const bound = bounds.reduce((most, own) => (parts[own] > parts[most] ? own : most));
  return { ms: us / 1e3, bound };
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
