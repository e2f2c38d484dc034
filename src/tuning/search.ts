import { messageOf } from '../core/errors.js';
import type { StopSignal } from '../core/host-types.js';
import type { KernelPlan } from '../plan/plan.js';
import type { Candidates } from './candidates.js';
import { partKey, parts, partText, partValue, type Part, type PartValue } from './parts.js';
import type { Trial, TrialBench } from './trial.js';

/** Time of one candidate for a part; without `ms` if it could not be compiled or run. */
export type CandidateTiming = Candidate & ({ readonly ms: number } | { readonly failed: string });

interface Candidate {
  readonly part: Part;
  /** Its choice in a few words, and as data. */
  readonly candidate: string;
  readonly value: PartValue;
}

/** Called before each candidate, with how many of its part have been tried, and how many there are. */
export type OnCandidate = (part: Part, candidate: string, done: number, total: number) => void;

export interface SearchOptions {
  readonly bench: TrialBench;
  readonly candidates: Candidates;
  /** For all candidates together, including the time to compile them. */
  readonly budgetMs: number;
  /** Called with one line per part that says what was chosen. */
  readonly log?: ((line: string) => void) | undefined;
  readonly onCandidate?: OnCandidate | undefined;
  /** Once aborted, no further candidate is tried. */
  readonly signal?: StopSignal | undefined;
  /** Throws once the device is unusable, which is not a candidate's failure. */
  readonly check?: (() => void) | undefined;
  /** Milliseconds; default: the process's clock. */
  readonly now?: (() => number) | undefined;
}

export interface SearchResult {
  readonly plan: KernelPlan;
  readonly timings: readonly CandidateTiming[];
  /** Candidates not tried for lack of time. */
  readonly untried: number;
}

/** Minimum share of the budget for every part, even one that takes little time. */
const LEAST_SHARE = 0.02;
/** Minimum gain for a change: less is noise. */
const MARGIN = 0.02;
/** Parts that are timed from the start; without the two that depend on others. */
const timedAtStart = [
  'dense',
  'inputGradient',
  'weightGradient',
  'heads',
  'forward',
  'backward',
] as const;

/**
 * Chooses the fastest candidate of each part in turn, with the others unchanged: the result depends only
 * on the timings. A part gets the same share of the budget as its share of the total time.
 *
 * @throws what `bench.open` throws for the plan to start from
 */
export async function search(start: KernelPlan, options: SearchOptions): Promise<SearchResult> {
  const { bench, candidates, budgetMs, log, now = () => performance.now() } = options;
  const timings: CandidateTiming[] = [];
  const best = new Map<Part, number>();
  const first = await bench.open(start);
  try {
    for (const part of timedAtStart) {
      const ms = await first.time(part, Infinity);
      best.set(part, ms);
      timings.push({ ...candidateOf(part, start), ms });
    }
  } finally {
    first.close();
  }
  // compiling the initial plan does not count: the first step would need it anyway
  const end = now() + budgetMs;
  const weights = weightsOf(best);
  let plan = start;
  let untried = 0;
  for (const [index, part] of parts.entries()) {
    const bar = barOf(part, best);
    const left = parts.slice(index).reduce((sum, other) => sum + (weights.get(other) ?? 0), 0);
    const deadline = now() + (Math.max(0, end - now()) * (weights.get(part) ?? 0)) / left;
    const others = new Map(candidates(part, plan).map((own) => [partKey(part, own), own]));
    others.delete(partKey(part, plan));
    let fastest = { plan, ms: bar };
    let done = 0;
    for (const candidate of others.values()) {
      if (now() >= deadline || options.signal?.aborted) break;
      options.onCandidate?.(part, partText(part, candidate), done, others.size);
      done++;
      const timing = await timeCandidate(part, candidate, fastest.ms, options);
      timings.push(timing);
      if ('ms' in timing && timing.ms < fastest.ms) fastest = { plan: candidate, ms: timing.ms };
    }
    untried += others.size - done;
    const was = { plan, ms: bar };
    const [winner, loser] = await rematch(part, was, fastest, options);
    plan = winner.plan;
    best.set(part, winner.ms);
    const before = `was ${partText(part, was.plan)}, ${loser.ms.toPrecision(3)} ms`;
    const gain = winner.plan === was.plan ? 'unchanged' : before;
    const chosen = `${part}: ${partText(part, plan)}, ${winner.ms.toPrecision(3)} ms`;
    if (done > 0) log?.(`${chosen} (${gain})`);
  }
  return { plan, timings, untried };
}

interface Contender {
  readonly plan: KernelPlan;
  readonly ms: number;
}

/**
 * Times the fastest and the one that it would replace once more, one right after the other: other
 * work on the machine may have slowed one of them down. Returns the winner first.
 */
async function rematch(
  part: Part,
  was: Contender,
  fastest: Contender,
  options: SearchOptions,
): Promise<readonly [winner: Contender, loser: Contender]> {
  if (fastest.plan === was.plan) return [was, fastest];
  const again = async ({ plan, ms }: Contender): Promise<number> => {
    const timing = await timeCandidate(part, plan, Infinity, options);
    return 'ms' in timing ? Math.min(ms, timing.ms) : Infinity;
  };
  const before = { ...was, ms: await again(was) };
  const after = { ...fastest, ms: await again(fastest) };
  return after.ms < (1 - MARGIN) * before.ms ? [after, before] : [before, after];
}

function candidateOf(part: Part, plan: KernelPlan): Candidate {
  return { part, candidate: partText(part, plan), value: partValue(part, plan) };
}

async function timeCandidate(
  part: Part,
  plan: KernelPlan,
  best: number,
  { bench, check }: SearchOptions,
): Promise<CandidateTiming> {
  const candidate = candidateOf(part, plan);
  let trial: Trial | undefined;
  try {
    trial = await bench.open(plan);
    const ms = await trial.time(part, best);
    if (Number.isFinite(ms)) return { ...candidate, ms };
    return { ...candidate, failed: `its time is ${ms}` };
  } catch (error) {
    check?.();
    return { ...candidate, failed: messageOf(error).split('\n')[0] ?? '' };
  } finally {
    trial?.close();
  }
}

/** The time that a part's candidates have to beat. */
function barOf(part: Part, best: ReadonlyMap<Part, number>): number {
  const of = (other: Part) => best.get(other) ?? Infinity;
  if (part === 'gradientGroups') return of('weightGradient');
  return part === 'stepsPerDispatch' ? of('forward') + of('backward') : of(part);
}

/** Shares of the budget. */
function weightsOf(times: ReadonlyMap<Part, number>): Map<Part, number> {
  const of = (part: Part) => times.get(part) ?? 0;
  const total = timedAtStart.reduce((sum, part) => sum + of(part), 0);
  const share = (ms: number) => Math.max(LEAST_SHARE, ms / Math.max(total, 1e-9));
  return new Map(
    parts.map((part): [Part, number] => {
      if (part === 'gradientGroups') return [part, share(of('weightGradient') / 3)];
      if (part === 'stepsPerDispatch') return [part, share((of('forward') + of('backward')) / 10)];
      return [part, share(of(part))];
    }),
  );
}
