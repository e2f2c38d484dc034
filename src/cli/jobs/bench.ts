import { freemem } from 'node:os';
import { checkGrid, type GridOptions, type Question } from '../../bench/grid.js';
import { equalLengths } from '../../bench/batches.js';
import {
  adapterSlug,
  BENCH_FORMAT,
  originOf,
  type BenchFile,
  type BenchResult,
  type SkippedShape,
} from '../../bench/results.js';
import { runBench } from '../../bench/run.js';
import type { SessionSettings } from '../../bench/sessions.js';
import { modelOf, shapeText } from '../../bench/shape.js';
import { capacityOf } from '../../bench/step-work.js';
import { headerText, resultText } from '../../bench/text.js';
import { FileError } from '../../core/errors.js';
import { joinPath } from '../../core/paths.js';
import type { Engine } from '../../gpu/engine.js';
import type { KernelPlan } from '../../plan/plan.js';
import { openEngine } from '../../platform/node/engine.js';
import { settlePlan } from '../../tuning/settle.js';
import type { Cli } from '../cli.js';
import type { PlanFlags } from '../options/plan.js';
import { readPlan, tuningOf } from '../given/plan.js';

export interface BenchFlags extends GridOptions, PlanFlags {
  readonly seconds: number;
  readonly out?: string;
}

/** Share of the machine's free memory that a step on a software adapter may use. */
const MEMORY_SHARE = 0.8;

export async function bench(cli: Cli, question: Question, flags: BenchFlags): Promise<void> {
  const { seconds, out, ...asked } = flags;
  checkGrid(asked);
  const plan = await readPlan(cli, flags, asked.precision);
  const grid = plan === undefined ? asked : { ...asked, precision: [plan.precision] };
  if (out !== undefined && (await cli.files.exists(out)) && !(await cli.files.isFolder(out))) {
    throw new FileError(`--out ${out} is a file`, 'Give the path of a folder.');
  }
  const engine = await cli.engine();
  const { adapter } = engine.gpu;
  const collected = { results: [] as BenchResult[], skipped: [] as SkippedShape[] };
  const devices = new Devices(cli, engine);
  let header = headerText(question);
  const result = (found: BenchResult | SkippedShape): void => {
    if ('skipped' in found) collected.skipped.push(found);
    else collected.results.push(found);
    cli.result(found, () => {
      const lines = [...(header === undefined ? [] : [header]), ...resultText(found).split('\n')];
      header = undefined;
      return lines;
    });
  };
  const progress = (done: number, total: number, note: string): void =>
    cli.startProgress(`bench ${question}`, total).update(done, note);
  const mostBytes = adapter.software ? MEMORY_SHARE * freemem() : undefined;
  try {
    await runBench(
      question,
      {
        ...{ grid, seconds, seed: cli.seed, mostBytes, plan, log: cli.warn },
        planFor: plansFor(cli, flags, mostBytes),
      },
      { engine, reopen: () => devices.reopen(), progress, result },
    );
  } finally {
    devices.close();
  }
  if (out === undefined) return;
  const file: BenchFile = {
    format: BENCH_FORMAT,
    bench: question,
    ...originOf(adapter),
    ...collected,
  };
  const target = joinPath(out, `${adapterSlug(adapter)}/${question}.json`);
  await cli.files.write(target, `${JSON.stringify(file, null, 1)}\n`);
  cli.log(`wrote ${target}`);
}

/** The plan for each shape: by rules, from the cache or tuned; logged once. */
function plansFor(
  cli: Cli,
  flags: PlanFlags,
  mostBytes: number | undefined,
): NonNullable<SessionSettings['planFor']> {
  const { files, log } = cli;
  const tuning = tuningOf(cli, flags);
  const settled = new Map<string, KernelPlan>();
  return async (engine, shape) => {
    const key = JSON.stringify(shape);
    const known = settled.get(key);
    if (known !== undefined) return known;
    const { precision } = shape;
    const capacity = capacityOf(equalLengths(shape));
    const model = modelOf(shape);
    const how = { tuning, files, capacity, precision, memoryBudget: mostBytes, log };
    const found = await settlePlan(engine, model, how);
    if (found.chosen !== 'rules') log(`${shapeText(shape)}: kernel plan ${found.origin}`);
    settled.set(key, found.plan);
    return found.plan;
  };
}

/** The command's device, and those opened after it ran out of memory. */
class Devices {
  #extra: Engine | undefined;

  constructor(
    private readonly cli: Cli,
    private readonly first: Engine,
  ) {}

  async reopen(): Promise<Engine> {
    (this.#extra ?? this.first).close();
    const { adapter, cache, log } = this.cli;
    this.#extra = await openEngine({ adapter, cache, log });
    return this.#extra;
  }

  close(): void {
    this.#extra?.close();
  }
}
