import { describe, expect, it, test } from 'vitest';
import { AdapterError } from '../../src/core/errors.js';
import { gradientProgram } from '../../src/network/programs.js';
import { choosePlan, type KernelPlan } from '../../src/plan/plan.js';
import { planProblem, type PlanTraits } from '../../src/plan/check.js';
import { candidatesFor, type Candidates } from '../../src/tuning/candidates.js';
import { partKey, parts, partText, passesOf, type Part } from '../../src/tuning/parts.js';
import { search } from '../../src/tuning/search.js';
import type { TrialBench } from '../../src/tuning/trial.js';
import { tinyModel } from '../support/network.js';

const model = tinyModel();
const gpu: PlanTraits = {
  software: false,
  maxComputeWorkgroupStorageSize: 49152,
  maxComputeInvocationsPerWorkgroup: 1024,
  f16: true,
};
const software = { ...gpu, software: true };
const start = choosePlan(model, software);

/** The parts that are passes of their own. */
const passes = [
  'dense',
  'inputGradient',
  'weightGradient',
  'heads',
  'forward',
  'backward',
] as const;

/**
 * Times by what a plan says of the part; `failing` is refused. A whole step takes the sum of them, or what the
 * host takes for the plan if that is more. Counts what is open.
 */
function tableBench(
  times: Readonly<Record<string, number>>,
  failing?: string,
  host: (plan: KernelPlan) => number = () => 0,
) {
  const opened: KernelPlan[] = [];
  let open = 0;
  const bench: TrialBench = {
    open: (plan) => {
      opened.push(plan);
      if (failing !== undefined && parts.some((part) => partText(part, plan) === failing)) {
        return Promise.reject(new AdapterError('it does not compile\nat line 1'));
      }
      open++;
      const ms = (part: Part) => times[partText(part, plan)] ?? 5;
      const device = passes.reduce((sum, part) => sum + ms(part), 0);
      return Promise.resolve({
        time: (part) => Promise.resolve(ms(part)),
        step: () => Promise.resolve(Math.max(device, host(plan))),
        close: () => void open--,
      });
    },
    close: () => undefined,
  };
  return { bench, opened, left: () => open };
}

/** Two other products for layers over frames, and one other forward recurrence. */
const few: Candidates = (part, plan) => {
  const product = (lanes: number) => ({
    ...plan,
    matmul: {
      ...plan.matmul,
      dense: { variant: 'outer', rowLanes: lanes, columnLanes: lanes } as const,
    },
  });
  if (part === 'dense') return [product(2), product(3), plan];
  if (part !== 'forward') return [];
  return [{ ...plan, forward: { variant: 'steps', rows: 4, units: 8, lanes: 8 } }];
};

describe('search', () => {
  it('keeps the fastest of each part, one after the other', async () => {
    const table = tableBench({
      'outer 2x2': 3,
      'outer 3x3': 2,
      'steps rows 4, units 8, lanes 8': 1,
    });
    const lines: string[] = [];
    const options = { bench: table.bench, candidates: few, budgetMs: 1e6 };
    const found = await search(start, { ...options, log: (line) => lines.push(line) });
    expect(found.plan).toEqual({
      ...start,
      matmul: {
        ...start.matmul,
        dense: { variant: 'outer', rowLanes: 3, columnLanes: 3 },
      },
      forward: { variant: 'steps', rows: 4, units: 8, lanes: 8 },
    });
    expect(found.untried).toBe(0);
    expect(found.timings.slice(0, 6).every(({ candidate }) => candidate !== '')).toBe(true);
    const outer = (lanes: number) => ({ variant: 'outer', rowLanes: lanes, columnLanes: lanes });
    const steps = { variant: 'steps', rows: 4, units: 8, lanes: 8 };
    expect(found.timings.slice(6)).toEqual([
      { part: 'dense', candidate: 'outer 2x2', value: outer(2), ms: 3 },
      { part: 'dense', candidate: 'outer 3x3', value: outer(3), ms: 2 },
      { part: 'forward', candidate: 'steps rows 4, units 8, lanes 8', value: steps, ms: 1 },
    ]);
    // the recurrence was timed together with the product chosen before it
    expect(table.opened.at(-1)).toEqual(found.plan);
    expect(table.left()).toBe(0);
    expect(lines).toEqual([
      'dense: outer 3x3, 2.00 ms (was registers 4x4, 5.00 ms)',
      'forward: steps rows 4, units 8, lanes 8, 1.00 ms ' +
        `(was ${partText('forward', start)}, 5.00 ms); whole step 23.0 ms, was 27.0 ms`,
      'whole step: 23.0 ms, was 30.0 ms',
    ]);
    expect(found.steps).toEqual([
      { part: 'forward', candidate: partText('forward', start), ms: 27 },
      { part: 'forward', candidate: 'steps rows 4, units 8, lanes 8', ms: 23 },
      { part: 'plan', candidate: 'to start from', ms: 30 },
      { part: 'plan', candidate: 'found', ms: 23 },
    ]);
  });

  it('keeps what there was where nothing is faster', async () => {
    const { bench } = tableBench({});
    const found = await search(start, { bench, candidates: few, budgetMs: 1e6 });
    expect(found.plan).toEqual(start);
  });

  it('times the fastest and what it would replace once more', async () => {
    /** Times of the product that there was, and of the one other, as they are taken. */
    const chosen = async (was: number[], other: number[]) => {
      const { bench } = tableBench({});
      const uneven: TrialBench = {
        open: async (plan) => {
          const trial = await bench.open(plan);
          const own = partText('dense', plan) === 'outer 2x2' ? other : was;
          const time = (part: Part) => Promise.resolve(part === 'dense' ? (own.shift() ?? NaN) : 1);
          return { ...trial, time };
        },
        close: () => undefined,
      };
      const candidates: Candidates = (part, plan) =>
        part === 'dense' ? few(part, plan).slice(0, 1) : [];
      const { plan } = await search(start, { bench: uneven, candidates, budgetMs: 1e6 });
      return partText('dense', plan);
    };
    expect(await chosen([9, 9], [5, 5])).toBe('outer 2x2');
    expect(await chosen([9, 4], [5, 5])).toBe('registers 4x4'); // slow once
    expect(await chosen([9, 9], [8.9, 8.9])).toBe('registers 4x4'); // not worth it
    expect(await chosen([9, 9], [5, NaN])).toBe('registers 4x4'); // failed
  });

  describe('with a host that takes long for many dispatches', () => {
    const steps = { variant: 'steps', rows: 4, units: 8, lanes: 8 } as const;
    const sweep = { variant: 'persistent', rows: 4, lanes: 8, block: 1, unroll: false } as const;
    const recurrences: Candidates = (part, plan) =>
      part === 'forward' ? [steps, sweep].map((forward) => ({ ...plan, forward })) : [];
    const slowHost = ({ forward }: KernelPlan) => (forward.variant === 'steps' ? 40 : 1);
    const tune = (times: Record<string, number>, host: (plan: KernelPlan) => number) => {
      const { bench, left } = tableBench(times, undefined, host);
      const lines: string[] = [];
      const log = (line: string) => lines.push(line);
      const options = { bench, candidates: recurrences, budgetMs: 1e6, log };
      return search(start, options).then((found) => ({ ...found, lines, open: left() }));
    };

    it('whole steps decide between recurrences', async () => {
      // a step of the device: 30 ms by rules, 26 with dispatches a step, 28 with the sweep
      const times = { 'steps rows 4, units 8, lanes 8': 1, 'persistent rows 4, lanes 8': 3 };
      expect((await tune(times, () => 1)).plan.forward).toEqual(steps);
      const found = await tune(times, slowHost);
      expect(found.plan.forward).toEqual(sweep);
      expect(found.lines[0]).toMatch(/^forward: persistent .*; whole step 28.0 ms, was 30.0 ms$/);
      const timed = found.steps.filter(({ part }) => part === 'forward').map(({ ms }) => ms);
      expect(timed).toEqual([30, 40, 28]);
      expect(found.open).toBe(0);
    });

    it('what is far behind on the device is not timed by whole steps', async () => {
      const times = { 'steps rows 4, units 8, lanes 8': 1, 'persistent rows 4, lanes 8': 6 };
      const { steps: timed, plan } = await tune(times, slowHost);
      expect(timed.map(({ ms }) => ms)).toEqual([30, 40]);
      expect(plan).toBe(start);
    });

    it('a recurrence whose passes are slower wins where its steps are faster', async () => {
      const begun = { ...start, forward: steps };
      const times = { 'steps rows 4, units 8, lanes 8': 5, 'persistent rows 4, lanes 8': 6 };
      const { bench } = tableBench(times, undefined, slowHost);
      const options = { bench, candidates: recurrences, budgetMs: 1e6 };
      const { plan } = await search(begun, options);
      expect(plan.forward).toEqual(sweep);
    });
  });

  it('keeps the first plan where whole steps with the one found take longer', async () => {
    const host = (plan: KernelPlan) => (plan.matmul.dense.variant === 'outer' ? 33 : 1);
    const { bench } = tableBench({ 'outer 2x2': 3 }, undefined, host);
    const lines: string[] = [];
    const found = await search(start, {
      ...{ bench, candidates: few, budgetMs: 1e6 },
      log: (line) => lines.push(line),
    });
    expect(found.plan).toBe(start);
    expect(lines.at(-1)).toBe('whole step: 33.0 ms, was 30.0 ms: the first plan stays');
  });

  it('passes over a recurrence whose whole steps fail', async () => {
    const { bench, left } = tableBench({ 'steps rows 4, units 8, lanes 8': 1 });
    const failing: TrialBench = {
      open: async (plan) => {
        const trial = await bench.open(plan);
        if (plan.forward.variant !== 'steps') return trial;
        return { ...trial, step: () => Promise.reject(new AdapterError('it hangs')) };
      },
      close: () => undefined,
    };
    const found = await search(start, { bench: failing, candidates: few, budgetMs: 1e6 });
    expect(found.plan.forward).toEqual(start.forward);
    expect(found.steps).toContainEqual({
      part: 'forward',
      candidate: 'steps rows 4, units 8, lanes 8',
    });
    expect(left()).toBe(0);
  });

  it('tries no further candidate once it is told to stop', async () => {
    const { bench } = tableBench({ 'outer 2x2': 3 });
    const stop = new AbortController();
    const options = { bench, candidates: few, budgetMs: 1e6, signal: stop.signal };
    const found = await search(start, { ...options, onCandidate: () => stop.abort() });
    expect(found).toMatchObject({ untried: 2, plan: { matmul: { dense: { rowLanes: 2 } } } });
  });

  it('passes over what fails, and names it', async () => {
    const { bench, left } = tableBench({ 'outer 3x3': 2 }, 'outer 2x2');
    const found = await search(start, { bench, candidates: few, budgetMs: 1e6 });
    expect(found.plan.matmul.dense).toMatchObject({ rowLanes: 3 });
    expect(found.timings).toContainEqual({
      part: 'dense',
      candidate: 'outer 2x2',
      value: { variant: 'outer', rowLanes: 2, columnLanes: 2 },
      failed: 'it does not compile',
    });
    expect(left()).toBe(0);
  });

  it('ends where the device is lost, or the plan by rules cannot be run', async () => {
    const lost = () => {
      throw new Error('lost');
    };
    const first = tableBench({}, 'outer 2x2');
    const options = { candidates: few, budgetMs: 1e6 };
    await expect(search(start, { ...options, bench: first.bench, check: lost })).rejects.toThrow(
      'lost',
    );
    const none = tableBench({}, 'registers 4x4');
    await expect(search(start, { ...options, bench: none.bench })).rejects.toThrow('compile');
  });

  it('tries every candidate, whatever it is called', async () => {
    const sizes = [
      { m: 8, n: 8, k: 8 },
      { m: 16, n: 16, k: 16 },
      { m: 16, n: 8, k: 16 },
    ];
    const subgroups = { lanes: 32, matrices: sizes };
    const card = { ...gpu, subgroups };
    const half = choosePlan(model, card, 'f16');
    const tried: unknown[] = [];
    const { bench } = tableBench({});
    const counting: TrialBench = {
      open: (plan) => {
        const { variant, matrix } = plan.matmul.dense;
        if (variant === 'subgroup') tried.push(matrix);
        return bench.open(plan);
      },
      close: () => undefined,
    };
    const all = candidatesFor(model, card);
    const candidates: Candidates = (part, plan) => (part === 'dense' ? all(part, plan) : []);
    const { timings } = await search(half, { bench: counting, candidates, budgetMs: 1e6 });
    for (const size of sizes) expect(tried).toContainEqual(size);
    const dense = timings.filter(({ part }) => part === 'dense').slice(1);
    // the plan by rules is timed with the other parts
    expect(dense).toHaveLength(all('dense', half).length - 1);
  });

  it('stops a part where its share of the time is used up', async () => {
    let now = 0;
    const { bench } = tableBench({ 'outer 2x2': 1, 'steps rows 4, units 8, lanes 8': 1 });
    const slow: TrialBench = {
      open: (plan) => {
        now += 100;
        return bench.open(plan);
      },
      close: () => undefined,
    };
    const found = await search(start, {
      bench: slow,
      candidates: few,
      budgetMs: 600, // six parts alike: some 90 each, and what is begun is finished
      now: () => now,
    });
    expect(found.untried).toBe(1);
    expect(found.plan.matmul.dense).toMatchObject({ rowLanes: 2 });
    expect(found.plan.forward.variant).toBe('steps');
  });
});

describe('keys and words', () => {
  const other = (part: Part, changes: object): KernelPlan => {
    if (part === 'forward') return { ...start, forward: { ...start.forward, ...changes } };
    const dense = { ...start.matmul.dense, ...changes };
    return { ...start, matmul: { ...start.matmul, dense } };
  };

  it('do not depend on the order of fields', () => {
    const { variant, rowLanes, columnLanes } = start.matmul.dense;
    const turned = other('dense', { columnLanes, rowLanes, variant });
    expect(partKey('dense', turned)).toBe(partKey('dense', start));
  });

  it.each<[Part, object]>([
    ['dense', { variant: 'subgroup' }],
    ['dense', { rowLanes: 3 }],
    ['dense', { depth: 64 }],
    ['dense', { matrix: { m: 16, n: 16, k: 16 } }],
    ['dense', { matrix: { m: 16, n: 8, k: 16 } }],
    ['forward', { rows: 2 }],
    ['forward', { lanes: 7 }],
    ['forward', { block: 8 }],
    ['forward', { unroll: true }],
    ['forward', { anything: 'else' }], // a field to come
    ['forward', { anything: 'more' }],
  ])('of %s show %j', (part, changes) => {
    const changed = other(part, changes);
    expect(partKey(part, changed)).not.toBe(partKey(part, start));
    expect(partText(part, changed)).not.toBe(partText(part, start));
  });
});

describe('candidates', () => {
  const wide = tinyModel({ recurrent: { ...model.recurrent, units: 128 } });

  const matrices = [8, 16].flatMap((m) => [8, 16].map((n) => ({ m, n, k: 16 })));
  const nvidia = { ...gpu, subgroups: { lanes: 32, matrices } };

  it.each([
    ['a GPU', gpu, false, 'f32'],
    ['a GPU, cooperative', gpu, true, 'f32'],
    ['a GPU with subgroup matrices', nvidia, true, 'f16'],
    ['a software adapter', software, false, 'f32'],
  ] as const)(
    'of %s differ in their part alone, by key and in words',
    (_, traits, waiting, type) => {
      const plan = choosePlan(wide, traits, type);
      const cooperative = waiting;
      const candidates = candidatesFor(wide, traits, cooperative);
      const waits: boolean[] = [];
      for (const part of parts) {
        const own = candidates(part, plan);
        const texts = own.map((candidate) => partText(part, candidate));
        expect(new Set(texts).size).toBe(texts.length);
        expect(new Set(own.map((candidate) => partKey(part, candidate))).size).toBe(own.length);
        for (const candidate of own) {
          expect(planProblem(candidate, wide, traits)).toBeUndefined();
          const others = parts.filter((other) => other !== part);
          for (const other of others) {
            expect(partKey(other, candidate)).toBe(partKey(other, plan));
          }
          waits.push(candidate.forward.variant === 'cooperative');
        }
        if (part !== 'stepsPerDispatch') expect(own.length).toBeGreaterThan(2);
      }
      expect(waits.includes(true)).toBe(cooperative);
    },
  );
});

test('every product and recurrence of the gradients falls under one part', () => {
  const capacity = { frames: 20, utterances: 4, longest: 8 };
  const timed = [
    'dense',
    'inputGradient',
    'weightGradient',
    'heads',
    'forward',
    'backward',
  ] as const;
  const steps = { variant: 'steps', rows: 4, units: 8, lanes: 8 } as const;
  const outer = { variant: 'outer', rowLanes: 2, columnLanes: 2 } as const;
  const matmul = { ...start.matmul, dense: outer, heads: outer };
  for (const plan of [start, { ...start, matmul, forward: steps, backward: steps }]) {
    const program = gradientProgram(model, plan, capacity);
    const counts = new Map<number, number>();
    for (const part of timed) {
      const own = passesOf(part, program);
      expect(own.length, part).toBeGreaterThan(0);
      for (const index of own) counts.set(index, (counts.get(index) ?? 0) + 1);
    }
    expect([...counts.values()].every((count) => count === 1)).toBe(true);
    program.passes.forEach((pass, index) => {
      if (pass.kind === 'clear') return;
      const chosen = /^(matmul|recurrence|transpose|reduce)/.test(pass.kernel.name);
      if (chosen) expect(counts.has(index), pass.name).toBe(true);
    });
  }
});
