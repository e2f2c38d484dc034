import { equalLengths } from '../../bench/batches.js';
import { type BenchShape, modelOf, ordinary, shapeText } from '../../bench/shape.js';
import { capacityOf } from '../../bench/step-work.js';
import { digits } from '../../bench/text.js';
import type { Cell } from '../../core/cells.js';
import { stableJson } from '../../core/json.js';
import type { Precision } from '../../plan/plan.js';
import { parts, partValue } from '../../tuning/parts.js';
import { PlanCache, planKey } from '../../tuning/plan-cache.js';
import type { PredictedTiming } from '../../tuning/predicted.js';
import type { StepTiming } from '../../tuning/search.js';
import { tune, type Tuned } from '../../tuning/tune.js';
import type { Cli } from '../cli.js';
import type { LayerFlags } from '../options/layers.js';
import { showCandidates } from '../given/plan.js';

export interface TuneFlags extends LayerFlags {
  readonly batch: number;
  readonly frames: number;
  readonly units: number;
  readonly inputUnits: number;
  readonly headHidden: number;
  readonly heads: Readonly<Record<string, number>>;
  readonly cell: Cell;
  readonly offsets: readonly number[];
  readonly period?: number;
  readonly unidirectional?: boolean;
  readonly precision: Precision;
  readonly cooperative?: boolean;
  readonly budget?: number;
  readonly out?: string;
}

function shapeOf(flags: TuneFlags): BenchShape {
  const { batch, frames, units, inputUnits, headHidden, cell, precision } = flags;
  const { recurrentLayers, subsample, subsampleHow, functionals, functionalsScope } = flags;
  const { heads = ordinary.heads, offsets = ordinary.offsets } = flags;
  return {
    ...ordinary,
    ...(recurrentLayers !== undefined && { recurrentLayers }),
    ...(subsample !== undefined && { subsample }),
    ...(subsampleHow !== undefined && { subsampleHow }),
    ...(functionals !== undefined && { functionals }),
    ...(functionalsScope !== undefined && { functionalsScope }),
    ...{
      batch,
      frames,
      units,
      frontendUnits: inputUnits,
      headHidden,
      heads,
      cell,
      offsets,
      precision,
    },
    period: flags.period ?? Math.max(...offsets),
    bidirectional: !flags.unidirectional,
  };
}

export async function tuneShape(cli: Cli, flags: TuneFlags): Promise<void> {
  const { out, budget, cooperative = false, precision } = flags;
  const shape = shapeOf(flags);
  const model = modelOf(shape);
  const capacity = capacityOf(equalLengths(shape));
  const engine = await cli.engine();
  const { adapter } = engine.gpu;
  const tuned = await tune(engine, model, {
    capacity,
    precision,
    cooperative,
    budgetMs: budget === undefined ? undefined : 1000 * budget,
    log: cli.log,
    onCandidate: showCandidates(cli),
  });
  const { plan, timings } = tuned;
  const key = planKey(adapter, model, capacity, precision, cooperative);
  await new PlanCache(cli.files, cli.cache, cli.warn).put(key, plan, timings);
  if (out !== undefined) await cli.files.write(out, `${JSON.stringify(plan, undefined, 2)}\n`);
  const { name, driver } = adapter;
  cli.result({ adapter: name, driver, shape, ...tuned }, () => textOf(shape, tuned));
  if (out !== undefined) cli.log(`wrote ${out}`);
}

/** A table of all timings, the chosen ones marked, and the plan. */
function textOf(shape: BenchShape, { plan, timings, steps, untried, seconds }: Tuned): string[] {
  const line = (timing: PredictedTiming): string => {
    const { part, candidate, value } = timing;
    const mark = stableJson(partValue(part, plan)) === stableJson(value) ? '*' : ' ';
    const time = 'ms' in timing ? `${digits(timing.ms).padStart(10)} ms` : ' '.repeat(13);
    const note = 'failed' in timing ? `  skipped: ${timing.failed}` : '';
    const guess =
      timing.predicted === undefined ? '' : `${digits(timing.predicted).padStart(10)} predicted`;
    return `${mark} ${part.padEnd(17)}${candidate.padEnd(40)}${time}${guess}${note}`.trimEnd();
  };
  const rest = untried === 0 ? '' : `, ${untried} candidates not tried for lack of time`;
  return [
    `${shapeText(shape)}: tuned in ${seconds.toFixed(1)} s${rest}`,
    ...parts.flatMap((part) => timings.filter((own) => own.part === part).map(line)),
    ...steps.map(stepText),
    `plan ${JSON.stringify(plan)}`,
  ];
}

function stepText({ part, candidate, ms }: StepTiming): string {
  const time = ms === undefined ? 'failed'.padStart(10) : `${digits(ms).padStart(10)} ms a step`;
  return `  ${part.padEnd(17)}${candidate.padEnd(40)}${time}`;
}
