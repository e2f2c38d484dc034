import type { AdapterInfo } from '../../src/gpu/device.js';
import type { Comparison } from '../../src/session/verify.js';

/** A shader to compile, as text and data. */
export interface CompileJob {
  readonly name: string;
  readonly code: string;
  readonly constants: Readonly<Record<string, number>>;
  /** Absent where the module alone is wanted, without a pipeline. */
  readonly entries?: readonly GPUBindGroupLayoutEntry[];
}

/** What the process in Deno is asked. */
export type Request = { readonly fixture: string } | { readonly compile: readonly CompileJob[] };

/** A line of its answer; the first of all says what computes. */
export type Answer =
  | { readonly adapter: AdapterInfo; readonly features: readonly string[] }
  | { readonly compared: readonly Comparison[] }
  /** This one is next: where the process ends, it is the cause. */
  | { readonly begun: string }
  | { readonly refused: string; readonly problem: string }
  | { readonly compiled: number }
  | { readonly failure: string };
