import { messageOf } from '../core/errors.js';
import type { StopSignal } from '../core/host-types.js';
import type { KernelPlan } from '../plan/plan.js';
import type { Candidates } from './candidates.js';
import { partKey, parts, partText, partValue, type Part, type PartValue } from './parts.js';
import type { Trial, TrialBench } from './trial.js';
import {
  FINAL_ROUNDS,
  fastestSteps,
  finalists,
  judgedBySteps,
  STEP_MARGIN,
  timeSteps,
  type Contender,
} from './whole-steps.js';

/** Time of one candidate for a part; without `ms` if it could not be compiled or run. */
export type CandidateTiming = TunedCandidate &
  ({ readonly ms: number } | { readonly failed: string });

/** A variant of a kernel that was timed. */
export interface TunedCandidate {
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

/** Milliseconds of a whole step, from the host's first call until the device is done. */
export interface StepTiming {
  /** The part that was chosen, with the others as they were; `plan`: the first plan and the last. */
  readonly part: Part | 'plan';
  readonly candidate: string;
  /** Absent if it failed. */
  readonly ms?: number;
}

export interface SearchResult {
  readonly plan: KernelPlan;
  readonly timings: readonly CandidateTiming[];
  readonly steps: readonly StepTiming[];
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
 * on the timings. A part gets the same share of the budget as its share of the total time. Parts are timed by their
 * passes on the device; whole steps, which include the host, decide between the fastest recurrences, and at the end
 * between the plan found and the one to start from.
 *
 * @throws what `bench.open` throws for the plan to start from
 */
export async function search(start: KernelPlan, options: SearchOptions): Promise<SearchResult> {
  const { bench, candidates, budgetMs, log, signal, now = () => performance.now() } = options;
  const timings: CandidateTiming[] = [];
  const steps: StepTiming[] = [];
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
    const was = { plan, ms: barOf(part, best) };
    const left = parts.slice(index).reduce((sum, other) => sum + (weights.get(other) ?? 0), 0);
    const deadline = now() + (Math.max(0, end - now()) * (weights.get(part) ?? 0)) / left;
    const others = new Map(candidates(part, plan).map((own) => [partKey(part, own), own]));
    others.delete(partKey(part, plan));
    const tried: Contender[] = [];
    let done = 0;
    for (const candidate of others.values()) {
      if (now() >= deadline || signal?.aborted) break;
      options.onCandidate?.(part, partText(part, candidate), done, others.size);
      done++;
      const fastest = Math.min(was.ms, ...tried.map(({ ms }) => ms));
      const timing = await timeCandidate(part, candidate, fastest, options);
      timings.push(timing);
      if ('ms' in timing) tried.push({ plan: candidate, ms: timing.ms });
    }
    untried += others.size - done;
    const bySteps = judgedBySteps.includes(part) && !signal?.aborted;
    const outcome = await (bySteps ? contest : rematch)(part, was, tried, options, steps);
    const { winner, loser, note = '' } = outcome;
    plan = winner.plan;
    best.set(part, winner.ms);
    const before = `was ${partText(part, was.plan)}, ${loser.ms.toPrecision(3)} ms`;
    const gain = winner.plan === was.plan ? 'unchanged' : before;
    const chosen = `${part}: ${partText(part, plan)}, ${winner.ms.toPrecision(3)} ms`;
    if (done > 0) log?.(`${chosen} (${gain})${note}`);
  }
  if (plan !== start && !signal?.aborted) plan = await finalPlan(start, plan, options, steps);
  return { plan, timings, steps, untried };
}

/** The plan found, unless its whole steps take longer than those of the plan to start from. */
async function finalPlan(
  start: KernelPlan,
  found: KernelPlan,
  options: SearchOptions,
  steps: StepTiming[],
): Promise<KernelPlan> {
  const [before, after] = await timeSteps([start, found], options, FINAL_ROUNDS);
  const [was, own] = [before?.stepMs ?? Infinity, after?.stepMs ?? Infinity];
  steps.push(stepTiming('plan', 'to start from', was), stepTiming('plan', 'found', own));
  const kept = own <= (1 + STEP_MARGIN) * was;
  const times = `${own.toPrecision(3)} ms, was ${was.toPrecision(3)} ms`;
  options.log?.(`whole step: ${times}${kept ? '' : ': the first plan stays'}`);
  return kept ? found : start;
}

function stepTiming(part: StepTiming['part'], candidate: string, ms: number): StepTiming {
  return { part, candidate, ...(Number.isFinite(ms) && { ms }) };
}

interface Outcome {
  readonly winner: Contender;
  readonly loser: Contender;
  /** What whole steps said, for the log. */
  readonly note?: string;
}

/**
 * Whole steps with the fastest candidates of each kind, and with what there was: only those as fast as the
 * fastest remain, and of these the one whose passes are fastest wins.
 */
async function contest(
  part: Part,
  was: Contender,
  tried: readonly Contender[],
  options: SearchOptions,
  steps: StepTiming[],
): Promise<Outcome> {
  const last = finalists(part, was, tried);
  if (last.length === 0) return { winner: was, loser: was };
  const times = await timeSteps(
    [was, ...last].map(({ plan }) => plan),
    options,
  );
  for (const { plan, stepMs } of times) steps.push(stepTiming(part, partText(part, plan), stepMs));
  const fast = fastestSteps(times);
  const left = last.filter(({ plan }) => fast.has(plan));
  const [first] = left;
  if (fast.has(was.plan) || first === undefined) return rematch(part, was, left, options);
  const stepOf = (own: KernelPlan) =>
    (times.find(({ plan }) => plan === own)?.stepMs ?? Infinity).toPrecision(3);
  const note = `; whole step ${stepOf(first.plan)} ms, was ${stepOf(was.plan)} ms`;
  return { winner: first, loser: was, note };
}

/**
 * Times the fastest of the candidates and the one that it would replace once more, one right after the other: other
 * work on the machine may have slowed one of them down.
 */
async function rematch(
  part: Part,
  was: Contender,
  tried: readonly Contender[],
  options: SearchOptions,
): Promise<Outcome> {
  const fastest = tried.reduce((a, b) => (b.ms < a.ms ? b : a), was);
  if (fastest === was) return { winner: was, loser: was };
  const again = async ({ plan, ms }: Contender): Promise<number> => {
    const timing = await timeCandidate(part, plan, Infinity, options);
    return 'ms' in timing ? Math.min(ms, timing.ms) : Infinity;
  };
  const before = { ...was, ms: await again(was) };
  const after = { ...fastest, ms: await again(fastest) };
  const won = after.ms < (1 - MARGIN) * before.ms;
  return won ? { winner: after, loser: before } : { winner: before, loser: after };
}

function candidateOf(part: Part, plan: KernelPlan): TunedCandidate {
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
