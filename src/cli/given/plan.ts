import { UsageError } from '../../core/errors.js';
import { readJson } from '../../core/json-file.js';
import type { KernelPlan, Precision } from '../../plan/plan.js';
import { parsePlan } from '../../plan/schema.js';
import type { Tuning } from '../../tuning/settle.js';
import type { Cli } from '../cli.js';
import type { Progress } from '../progress.js';
import type { PlanFlags } from '../options/plan.js';

/** The plan of `--plan`. Throws UsageError, FileError, FormatError or ConfigError. */
export async function readPlan(
  cli: Cli,
  { plan, tune, cooperative }: PlanFlags,
  precision?: Precision | readonly Precision[],
): Promise<KernelPlan | undefined> {
  if (plan === undefined) return undefined;
  const other = tune ? '--tune' : cooperative ? '--cooperative' : undefined;
  if (other !== undefined) {
    throw new UsageError(
      `--plan was given together with ${other}`,
      'A given plan is not tuned: drop one of the two options.',
    );
  }
  const parsed = parsePlan(await readJson(cli.files, plan), plan);
  const wrong = [precision ?? []].flat().find((own) => own !== parsed.precision);
  if (wrong === undefined) return parsed;
  throw new UsageError(
    `--precision is ${wrong}, but ${plan} is a plan for ${parsed.precision}`,
    'Drop --precision, or make another plan with alstm tune.',
  );
}

/** How plans are chosen if none is given. */
export function tuningOf(cli: Cli, { tune, cooperative }: PlanFlags): Tuning {
  const mode = tune === undefined ? 'gpu' : tune ? 'always' : 'never';
  return { mode, cooperative, cache: cli.cache, onCandidate: showCandidates(cli) };
}

/** Shows which candidate is being timed. */
export function showCandidates(cli: Cli): NonNullable<Tuning['onCandidate']> {
  let bar: { readonly part: string; readonly progress: Progress } | undefined;
  return (part, candidate, done, total) => {
    if (bar?.part !== part) bar = { part, progress: cli.startProgress(`tune ${part}`, total) };
    bar.progress.update(done, candidate);
  };
}
