/** Results of comparing with a peer: pairs of consecutive times, and their ratios. */
import { median } from '../src/bench/statistics.js';

export const PEERS_FORMAT = 'alstm-bench-peers-1';

export interface PeerShape {
  readonly batch: number;
  readonly frames: number;
  readonly units: number;
}

/** The part of a peer's JSON object, and of ours, that is compared. */
export interface Measured {
  readonly adapter: string;
  readonly ms: number;
  readonly firstStepMs: number;
  readonly peer?: string;
  readonly version: string;
  readonly backend?: string;
  readonly implementation?: string;
}

/** One pair of runs of a round: ours, then the peer's. */
export interface Pair {
  readonly ours: Measured;
  readonly theirs: Measured;
}

export interface Comparison {
  /** When it was measured. */
  readonly date?: string;
  readonly kind: 'train-step' | 'inference';
  readonly shape: PeerShape;
  readonly peer: string;
  readonly version: string;
  readonly backend: string;
  readonly implementation: string;
  /** Whether both ran on the same adapter: a peer on the CPU did not. */
  readonly sameAdapter: boolean;
  /** Median milliseconds of a step in each round, and the medians of these. */
  readonly oursMs: readonly number[];
  readonly theirsMs: readonly number[];
  readonly ours: number;
  readonly theirs: number;
  /** For each round, the peer's time divided by ours, and their median: how many times faster ours is. */
  readonly ratios: readonly number[];
  readonly ratio: number;
  /** Median milliseconds of the first step, with compilation. */
  readonly oursFirst: number;
  readonly theirsFirst: number;
}

export interface PeersFile {
  readonly format: typeof PEERS_FORMAT;
  readonly adapter: string;
  readonly driver: string;
  readonly version: string;
  readonly date: string;
  readonly rounds: number;
  readonly comparisons: readonly Comparison[];
  /** Peers without a result, and their errors. */
  readonly failed: readonly {
    readonly peer: string;
    readonly shape: PeerShape;
    readonly error: string;
  }[];
}

/** Needs at least one pair. */
export function compared(
  kind: Comparison['kind'],
  shape: PeerShape,
  pairs: readonly Pair[],
): Comparison {
  const [first] = pairs;
  if (first === undefined) throw new Error('no pair of runs to compare');
  const ratios = pairs.map(({ ours, theirs }) => theirs.ms / ours.ms);
  const oursMs = pairs.map(({ ours }) => ours.ms);
  const theirsMs = pairs.map(({ theirs }) => theirs.ms);
  return {
    kind,
    shape,
    peer: first.theirs.peer ?? 'peer',
    version: first.theirs.version,
    backend: first.theirs.backend ?? '',
    implementation: first.theirs.implementation ?? '',
    sameAdapter: pairs.every(({ ours, theirs }) => ours.adapter === theirs.adapter),
    oursMs,
    theirsMs,
    ours: median(oursMs),
    theirs: median(theirsMs),
    ratios,
    ratio: median(ratios),
    oursFirst: median(pairs.map(({ ours }) => ours.firstStepMs)),
    theirsFirst: median(pairs.map(({ theirs }) => theirs.firstStepMs)),
  };
}

/** `tfjs 4.22.0, webgpu, core`. */
export function peerName({ peer, version, backend, implementation }: Comparison): string {
  return [`${peer} ${version}`, backend, implementation].filter((part) => part !== '').join(', ');
}

export function shapeName({ batch, frames, units }: PeerShape): string {
  return `B ${batch} T ${frames} H ${units}`;
}
