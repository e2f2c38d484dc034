import type { DispatchPass } from '../graph/types.js';
import type { Values } from '../kernels/descriptor.js';

/** Instructions, summed over the lanes that issue them. */
export interface Instructions {
  /** Multiply-adds of vec4. */
  readonly madds: number;
  /** Loads and stores of storage, a vec4 or a scalar each. */
  readonly loads: number;
  /** Loads and stores of workgroup memory. */
  readonly staged: number;
  /** Exponentials and divisions. */
  readonly special: number;
  /** Operations on integers: addresses, random numbers. */
  readonly integer: number;
  /** Operations of subgroup matrices. */
  readonly matrixFlop: number;
}

export const none: Instructions = {
  ...{ madds: 0, loads: 0, staged: 0, special: 0, integer: 0, matrixFlop: 0 },
};

/** Two ciphers of 112 operations for each vec4 that dropout scales (common/dropout.wgsl). */
export const DROPOUT = { integer: 224 };

/** A sum of instructions, each `times` as often. */
export function times(count: number, one: Partial<Instructions>): Instructions {
  const { madds, loads, staged, special, integer, matrixFlop } = { ...none, ...one };
  return {
    madds: count * madds,
    loads: count * loads,
    staged: count * staged,
    special: count * special,
    integer: count * integer,
    matrixFlop: count * matrixFlop,
  };
}

export function plus(...all: readonly Instructions[]): Instructions {
  const sum = (of: (own: Instructions) => number) => all.reduce((total, own) => total + of(own), 0);
  return {
    madds: sum((own) => own.madds),
    loads: sum((own) => own.loads),
    staged: sum((own) => own.staged),
    special: sum((own) => own.special),
    integer: sum((own) => own.integer),
    matrixFlop: sum((own) => own.matrixFlop),
  };
}

/** What a dispatch does, as its kernel's shader is written. */
export interface KernelWork {
  readonly groups: number;
  /** Lanes of a workgroup. */
  readonly lanes: number;
  /** Workgroup memory of a workgroup in bytes. */
  readonly workgroupBytes: number;
  /** Steps that depend on each other: of time, or stages of a matmul. What follows is of one of them. */
  readonly steps: number;
  /** Instructions of a workgroup in its innermost loop. */
  readonly loop: Instructions;
  /** Its other instructions: activations, epilogues, combinations of states. */
  readonly rest: Instructions;
  readonly barriers: number;
  /** Loads whose latency nothing hides. */
  readonly waits: number;
  /** Times that a workgroup waits for another, and polls after which it gives up: all of them must run at once. */
  readonly exchanges: number;
  readonly patience?: number;
  /** Bytes that a workgroup reads through the shared cache, and those that a lane has in flight at a time. */
  readonly streamed: number;
  readonly inFlight: number;
  /** Whether `streamed` is the same in each step: a near cache may hold it. */
  readonly again: boolean;
}

/** A dispatch with the values that its work depends on. */
export interface Dispatched {
  readonly pass: DispatchPass;
  readonly uniforms: Values;
  /** Workgroups in all. */
  readonly groups: number;
}

/** A define or constant as a number. */
export function numberOf(value: string | number | undefined, otherwise: number): number {
  const number = Number(value ?? otherwise);
  return Number.isFinite(number) ? number : otherwise;
}

/** Bytes of a scalar of a binding. */
export function bytesOf({ bindings }: DispatchPass, name: string): number {
  return bindings[name]?.dtype === 'f16' ? 2 : 4;
}
