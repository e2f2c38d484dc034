/**
 * Simulates a training step: the cost model's time of every pass, and what it waits for.
 *
 *     npm run bench:simulate -- --machine h100,m3 [--shapes 64x500x256] [--cells a-lstm] [--precision f32]
 *       [--plan FILE | --cheapest] [--cooperative]
 *     npm run bench:simulate -- --adapter lavapipe [--shapes 8x50x64,16x100x64] [--cells lstm,mean-lstm,a-lstm]
 *       [--seconds 2] [--rounds 3] [--out bench/results]
 *
 * With --machine it predicts for a card as its maker describes it: never measured. With --adapter it measures
 * the adapter's ceilings, predicts, times every pass and writes both to bench/results/<adapter>/simulate.json.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { BENCH_FORMAT, adapterSlug, originOf } from '../src/bench/results.js';
import { shapesOf } from '../src/bench/grid.js';
import { modelOf, shapeText, type BenchShape, type Precision } from '../src/bench/shape.js';
import { capacityOf } from '../src/bench/step-work.js';
import { equalLengths } from '../src/bench/batches.js';
import {
  compare,
  fitKernels,
  fittedShapes,
  measureMachine,
  measureShapes,
  simulate,
} from '../src/bench/simulate.js';
import { digits, percent } from '../src/bench/text.js';
import { cells, type Cell } from '../src/core/cells.js';
import { messageOf } from '../src/core/errors.js';
import { cards } from '../src/cost/machines.js';
import type { Machine } from '../src/cost/machine.js';
import type { PlanTraits } from '../src/plan/check.js';
import { choosePlan, precisions, type KernelPlan } from '../src/plan/plan.js';
import { parsePlan } from '../src/plan/schema.js';
import { adapterChoices } from '../src/platform/node/open-gpu.js';
import { NodeFiles } from '../src/platform/node/files.js';
import { planTraits } from '../src/session/plan-traits.js';
import { candidatesFor } from '../src/tuning/candidates.js';
import { cheapestPlan, partCost } from '../src/tuning/cost.js';
import { planText } from '../src/tuning/parts.js';
import { openWorkingTree } from './working-tree.js';

const { values } = parseArgs({
  options: {
    machine: { type: 'string', default: Object.keys(cards).join(',') },
    adapter: { type: 'string' },
    shapes: { type: 'string', default: '64x500x256' },
    cells: { type: 'string', default: 'a-lstm' },
    precision: { type: 'string', default: 'f32' },
    plan: { type: 'string' },
    cheapest: { type: 'boolean', default: false },
    cooperative: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '3' },
    out: { type: 'string', default: 'bench/results' },
    json: { type: 'boolean', default: false },
  },
});

/** Shares of a step below which passes are neither printed nor judged. */
const SHOWN = 0.02;
const JUDGED = 0.05;
/** How far a prediction may be off. */
const TOLERANCE = 0.25;

function oneOf<T extends string>(all: readonly T[], value: string, option: string): T {
  const found = all.find((own) => own === value);
  if (found !== undefined) return found;
  throw new Error(`--${option} ${value}: expected one of ${all.join(', ')}`);
}

function shapesGiven(precision: Precision): BenchShape[] {
  const names: readonly Cell[] = values.cells.split(',').map((own) => oneOf(cells, own, 'cells'));
  return values.shapes.split(',').flatMap((text) => {
    const [batch = NaN, frames = NaN, units = NaN] = text.split('x').map(Number);
    const sizes = { batch: [batch], frames: [frames], units: [units] };
    if (![batch, frames, units].every((size) => Number.isInteger(size) && size > 0)) {
      throw new Error(`--shapes ${text}: expected BxTxH, such as 64x500x256`);
    }
    const adapter = { software: false, f16: false };
    return shapesOf('train-step', { ...sizes, cell: names, precision: [precision] }, adapter);
  });
}

/** What drivers of these cards report, as far as plans depend on it. */
function traitsOf(name: string): PlanTraits {
  const nvidia = /H100|RTX/.test(name);
  const size = nvidia ? 16 : 8;
  return {
    software: false,
    f16: true,
    maxComputeInvocationsPerWorkgroup: 1024,
    maxComputeWorkgroupStorageSize: nvidia ? 49152 : 32768,
    ...(!name.startsWith('Iris') && {
      subgroups: { lanes: 32, matrices: [{ m: size, n: size, k: size }] },
    }),
  };
}

function planGiven(machine: Machine, shape: BenchShape, traits: PlanTraits): KernelPlan {
  const { plan: path } = values;
  if (path !== undefined) return parsePlan(JSON.parse(readFileSync(path, 'utf8')), path);
  const model = modelOf(shape);
  const rules = choosePlan(model, traits, shape.precision);
  if (!values.cheapest) return rules;
  const cost = partCost(machine, model, capacityOf(equalLengths(shape)));
  return cheapestPlan(rules, candidatesFor(model, traits, values.cooperative), cost);
}

/** A file of results. */
interface Stored {
  readonly results: readonly { readonly shape: BenchShape }[];
}

const print = (line: string): void => void process.stdout.write(`${line}\n`);

function predictCards(precision: Precision): void {
  const wanted = values.machine.split(',');
  for (const name of wanted.map((own) => oneOf(Object.keys(cards), own, 'machine'))) {
    const machine = cards[name as keyof typeof cards];
    for (const shape of shapesGiven(precision)) {
      const plan = planGiven(machine, shape, traitsOf(machine.name));
      const { ms, passes, bounds } = simulate(machine, shape, plan);
      if (values.json) {
        print(JSON.stringify({ machine: machine.name, shape, plan, ms, bounds, passes }));
        continue;
      }
      print(`${machine.name}, predicted: ${shapeText(shape)}: ${digits(ms)} ms`);
      print(`  ${planText(plan)}`);
      const shares = Object.entries(bounds).map(([bound, own]) => `${bound} ${percent(own / ms)}`);
      print(`  ${shares.join(', ')}`);
      for (const pass of passes.filter(({ share }) => share >= SHOWN)) {
        const tflops = pass.flop === 0 ? '' : `${digits(pass.flop / pass.ms / 1e9)} TFLOP/s`;
        print(
          `${digits(pass.ms).padStart(10)} ms ${percent(pass.share).padStart(6)}  ` +
            `${pass.bound.padEnd(9)}${tflops.padStart(15)}  ${pass.name} (${pass.kernel})`,
        );
      }
    }
  }
}

async function measure(precision: Precision): Promise<void> {
  const adapter = oneOf(adapterChoices, values.adapter ?? '', 'adapter');
  const engine = await openWorkingTree('node_modules/.cache/alstm', adapter);
  try {
    const [seconds, rounds] = [Number(values.seconds), Number(values.rounds)];
    const { software } = engine.gpu.adapter;
    const traits = planTraits(engine.gpu);
    const ceilings = await measureMachine(engine, rounds);
    const withPlan = (shape: BenchShape) => ({ shape, plan: planGiven(ceilings, shape, traits) });
    const fitted = fittedShapes(precision, software).map(withPlan);
    const given = shapesGiven(precision).map(withPlan);
    const all = await measureShapes(engine, [...fitted, ...given], { rounds, seconds });
    const machine = fitKernels(ceilings, all.slice(0, fitted.length));
    const results = all.map(({ shape, plan, times }, i) => {
      const simulation = simulate(machine, shape, plan);
      const { measured, passes } = compare(simulation, times);
      const judged = passes.filter(({ share }) => share >= JUDGED);
      const off = judged.filter(({ ratio }) => Math.abs(ratio - 1) > TOLERANCE);
      print(
        `${shapeText(shape)}: predicted ${digits(simulation.ms)} ms, measured ${digits(measured)}; ` +
          `${judged.length - off.length} of ${judged.length} passes within ${percent(TOLERANCE)}` +
          (i < fitted.length ? ' (fitted)' : ''),
      );
      for (const { name, ms, measured: own, share, ratio } of passes) {
        if (share < SHOWN) continue;
        const mark = share >= JUDGED && Math.abs(ratio - 1) > TOLERANCE ? '  off' : '';
        print(
          `${digits(ms).padStart(10)} ms predicted ${digits(own).padStart(8)} measured ` +
            `${ratio.toFixed(2).padStart(6)}  ${percent(share).padStart(6)}  ${name}${mark}`,
        );
      }
      const use = i < fitted.length ? 'fitted' : 'compared';
      return { use, shape, plan, predicted: simulation.ms, measured, passes: judged, machine };
    });
    const path = `${values.out}/${adapterSlug(engine.gpu.adapter)}/simulate.json`;
    const files = new NodeFiles();
    // shapes that were compared before stay, unless they are compared again
    const before = (await files.exists(path))
      ? (JSON.parse(readFileSync(path, 'utf8')) as Stored)
      : undefined;
    const names = new Set(results.map(({ shape }) => shapeText(shape)));
    const kept = before?.results.filter(({ shape }) => !names.has(shapeText(shape))) ?? [];
    const origin = originOf(engine.gpu.adapter);
    const file = {
      format: BENCH_FORMAT,
      bench: 'simulate',
      ...origin,
      results: [...kept, ...results],
    };
    await files.write(path, `${JSON.stringify(file, null, 1)}\n`);
    console.error(path);
  } finally {
    engine.close();
  }
}

try {
  const precision = oneOf(precisions, values.precision, 'precision');
  if (values.adapter === undefined) predictCards(precision);
  else await measure(precision);
} catch (error) {
  console.error(`simulate: ${messageOf(error)}`);
  process.exitCode = 1;
}
