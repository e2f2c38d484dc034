import { messageOf } from '../core/errors.js';
import type { StopSignal } from '../core/host-types.js';
import type { KernelPlan } from '../plan/plan.js';
import type { Candidates } from './candidates.js';
import { parts, partText, type Part } from './parts.js';
import type { Trial, TrialBench } from './trial.js';

/** How long one choice of a part took; without `ms` where it could not be compiled or run. */
export type CandidateTiming =
  | { readonly part: Part; readonly candidate: string; readonly ms: number }
  | { readonly part: Part; readonly candidate: string; readonly failed: string };

/** Called before each candidate: how many of its part have been tried, and how many there are. */
export type OnCandidate = (part: Part, candidate: string, done: number, total: number) => void;

export interface SearchOptions {
  readonly bench: TrialBench;
  readonly candidates: Candidates;
  /** For all candidates together; the time to compile them counts. */
  readonly budgetMs: number;
  /** Told, in one line a part, what was chosen. */
  readonly log?: ((line: string) => void) | undefined;
  readonly onCandidate?: OnCandidate | undefined;
  /** Once aborted, no further candidate is tried. */
  readonly signal?: StopSignal | undefined;
  /** Throws once the device is of no use any more: no candidate is to blame for that. */
  readonly check?: (() => void) | undefined;
  /** Milliseconds; default: the process's clock. */
  readonly now?: (() => number) | undefined;
}

export interface SearchResult {
  readonly plan: KernelPlan;
  readonly timings: readonly CandidateTiming[];
  /** Candidates that there was no time for. */
  readonly untried: number;
}

/** Of the budget, what every part may take at least: where it takes little time it matters little. */
const LEAST_SHARE = 0.02;
/** A change has to be worth so much: less is noise. */
const MARGIN = 0.02;
/** What each part is timed with from the start; the two that follow from others are not among them. */
const timedAtStart = [
  'dense',
  'inputGradient',
  'weightGradient',
  'heads',
  'forward',
  'backward',
] as const;

/**
 * The fastest choice of each part in turn, the others as they are: from the timings alone it follows
 * which plan comes out. A part may take of the budget what it takes of the whole time.
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
      timings.push({ part, candidate: partText(part, start), ms });
    }
  } finally {
    first.close();
  }
  // what the plan to start from takes to compile is no loss: the first step would take it
  const end = now() + budgetMs;
  const weights = weightsOf(best);
  let plan = start;
  let untried = 0;
  for (const [index, part] of parts.entries()) {
    const bar = barOf(part, best);
    const left = parts.slice(index).reduce((sum, other) => sum + (weights.get(other) ?? 0), 0);
    const deadline = now() + (Math.max(0, end - now()) * (weights.get(part) ?? 0)) / left;
    const before = partText(part, plan);
    const others = new Map(candidates(part, plan).map((own) => [partText(part, own), own]));
    others.delete(before);
    let fastest = { plan, ms: bar };
    let done = 0;
    for (const [text, candidate] of others) {
      if (now() >= deadline || options.signal?.aborted) break;
      options.onCandidate?.(part, text, done, others.size);
      done++;
      const timing = await timeCandidate(part, candidate, text, fastest.ms, options);
      timings.push(timing);
      if ('ms' in timing && timing.ms < fastest.ms) fastest = { plan: candidate, ms: timing.ms };
    }
    untried += others.size - done;
    const was = { plan, ms: bar };
    const [winner, loser] = await rematch(part, was, fastest, options);
    plan = winner.plan;
    best.set(part, winner.ms);
    const gain =
      winner.plan === was.plan ? 'as it was' : `was ${before}, ${loser.ms.toPrecision(3)} ms`;
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
 * Times what was the fastest and what it would replace once more, one right after the other: other
 * work of the machine may have slowed one of them down. Gives the winner first.
 */
async function rematch(
  part: Part,
  was: Contender,
  fastest: Contender,
  options: SearchOptions,
): Promise<readonly [winner: Contender, loser: Contender]> {
  if (fastest.plan === was.plan) return [was, fastest];
  const again = async ({ plan, ms }: Contender): Promise<number> => {
    const timing = await timeCandidate(part, plan, partText(part, plan), Infinity, options);
    return 'ms' in timing ? Math.min(ms, timing.ms) : Infinity;
  };
  const before = { ...was, ms: await again(was) };
  const after = { ...fastest, ms: await again(fastest) };
  return after.ms < (1 - MARGIN) * before.ms ? [after, before] : [before, after];
}

async function timeCandidate(
  part: Part,
  plan: KernelPlan,
  candidate: string,
  best: number,
  { bench, check }: SearchOptions,
): Promise<CandidateTiming> {
  let trial: Trial | undefined;
  try {
    trial = await bench.open(plan);
    const ms = await trial.time(part, best);
    if (Number.isFinite(ms)) return { part, candidate, ms };
    return { part, candidate, failed: `its time is ${ms}` };
  } catch (error) {
    check?.();
    return { part, candidate, failed: messageOf(error).split('\n')[0] ?? '' };
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
