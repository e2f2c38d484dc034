/**
 * What the cost model knows of an adapter: rates that it can reach at most, and times that it needs at
 * least. Measured by micro-benchmarks (tuning/probes.ts), or taken from a
 * vendor's specification (machines.ts).
 */
export interface Machine {
  readonly name: string;
  /** Runs lanes of a workgroup one vector after the other, and a workgroup at a time on each processor. */
  readonly software: boolean;
  /** Multiprocessors, GPU cores, or threads of a software adapter. */
  readonly processors: number;
  /** Lanes that a processor runs at the same time: its f32 units, or a CPU's vector. */
  readonly width: number;
  /** Lanes that a processor needs to reach its rates, and the most that it holds at once. */
  readonly busyLanes: number;
  readonly mostLanes: number;
  /** Workgroup memory of a processor in bytes: how many workgroups fit on it. */
  readonly workgroupBytes: number;

  /** f32 multiply-adds of all processors, 2 operations each. */
  readonly gflops: number;
  /** Products of subgroup matrices of f16; 0 if there are none. */
  readonly matrixGflops: number;
  /** Cost of other instructions, as multiples of a vec4 multiply-add. */
  readonly load: number;
  /** Of a vec4 in workgroup memory. */
  readonly staged: number;
  /** Of an exponential or a division. */
  readonly special: number;
  /** Of an operation on integers. */
  readonly integer: number;

  /** Memory: bytes read and written per second. */
  readonly copyGBPerSecond: number;
  /** The cache that all processors share: what they read from it together, and what one reads alone. */
  readonly cacheGBPerSecond: number;
  readonly readGBPerSecond: number;
  /** Size of a processor's own cache. */
  readonly nearBytes: number;

  /** Microseconds of a dispatch that depends on the one before. */
  readonly dispatchUs: number;
  /** Of a workgroup barrier; on a software adapter for each vector of lanes. */
  readonly barrierUs: number;
  /** Of a load from the shared cache on which the next instruction depends. */
  readonly loadUs: number;
  /** From one workgroup's store to another's load of it. */
  readonly exchangeUs: number;

  /** Time of each kernel over the time of its instructions as counted; 1 for kernels that are not listed. */
  readonly kernels: Readonly<Record<string, number>>;
}
