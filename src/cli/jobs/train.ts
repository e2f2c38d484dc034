import { UsageError } from '../../core/errors.js';
import { shellPath } from '../../core/shell.js';
import type { ValidationUnit } from '../../corpora/split.js';
import type { Precision } from '../../plan/plan.js';
import { readLog } from '../../runs/log.js';
import { writeRunCard } from '../../runs/card.js';
import type { ClassWeights } from '../../training/class-weights.js';
import type { RegressionLoss } from '../../core/config.js';
import { type LogFormat } from '../../runs/log-formats.js';
import { begunRun, newRun, resumedRun, type RunHost } from '../../training/begin.js';
import { trainWithRecovery } from '../../training/train-with-recovery.js';
import type { RunResult, TrainOptions } from '../../training/trainer.js';
import type { NormaliseFlags } from '../options/features.js';
import type { Cli } from '../cli.js';
import type { DataFlags } from '../options/data.js';
import { dataSource, permissionsOf } from '../given/data.js';
import { sourceThere } from '../given/moved-corpus.js';
import type { PlanFlags } from '../options/plan.js';
import { readPlan, tuningOf } from '../given/plan.js';
import type { ModelFlags, TrainingFlags } from '../options/settings.js';
import { readSettings } from '../given/settings.js';
import { spelled } from '../text.js';
import { epochText, showTraining } from '../training-progress.js';
import { verifyDeterminism } from './verify-determinism.js';

export interface TrainFlags
  extends DataFlags, ModelFlags, TrainingFlags, PlanFlags, NormaliseFlags {
  readonly out: string;
  readonly validationSpeakers?: string[];
  readonly validationShare?: number;
  readonly validateBy?: ValidationUnit;
  readonly labelSmoothing?: number;
  readonly regression?: string[];
  readonly regressionLoss?: RegressionLoss;
  readonly reversal?: Record<string, number>;
  readonly classWeights?: ClassWeights;
  readonly initFrom?: string;
  readonly logFormat?: LogFormat[];
  readonly precision?: Precision;
  readonly resume?: boolean;
  readonly trace?: string;
  readonly verifyDeterminism?: boolean;
}

/** Options that may be given with --resume. */
const withResume: readonly string[] = [
  ...['out', 'resume', 'trace', 'onNonFinite', 'allowOutside'],
  ...['corpus', 'data', 'manifest', 'featureMemory'],
];

export async function begin(cli: Cli, flags: TrainFlags): Promise<void> {
  const { out, trace, initFrom } = flags;
  const source = await dataSource(cli, flags);
  const settings = await readSettings(cli, flags);
  const plan = await readPlan(cli, flags, flags.precision);
  await trainAndTell(cli, {
    ...(await newRun(hostOf(cli), { ...flags, out, source, settings })),
    seed: cli.seed,
    initFrom,
    logFormats: flags.logFormat,
    trace,
    plan,
    precision: flags.precision,
    tuning: tuningOf(cli, flags),
    verify: flags.verifyDeterminism ?? false,
  });
}

export async function resume(cli: Cli, flags: TrainFlags, given: readonly string[]): Promise<void> {
  const { out, trace } = flags;
  const [other] = given.filter((name) => !withResume.includes(name));
  if (other !== undefined) {
    throw new UsageError(
      `${spelled(other)} was given together with --resume`,
      `A run resumes with its own options: give --out alone. ${newRunHint(out)}`,
    );
  }
  const begun = await begunRun(cli.files, out);
  const found = await sourceThere(cli, begun.source, flags, out);
  const source = { ...found, ...permissionsOf(flags) };
  const { length: epochsBefore } = await readLog(cli.files, out);
  const { log, stopped } = await trainAndTell(cli, {
    ...(await resumedRun(hostOf(cli), { ...begun, source }, flags)),
    trace,
    tuning: tuningOf(cli, {}),
  });
  if (stopped !== 'interrupted' && log.length === epochsBefore) {
    cli.log(`${out} is already complete: nothing to do. ${newRunHint(out)}`);
  }
}

/** How to continue a run with other settings. */
function newRunHint(run: string): string {
  return `For more epochs or other settings start a new run from its model: --init-from ${shellPath(run)} and another --out.`;
}

function hostOf(cli: Cli): RunHost {
  const { files, forFeatures } = cli;
  return { files, engine: () => cli.engine(), forFeatures, spell: spelled };
}

async function trainAndTell(
  cli: Cli,
  { verify = false, ...options }: TrainOptions & { readonly verify?: boolean },
): Promise<RunResult> {
  const { training, validation } = options.data;
  cli.log(
    `${training.lengths.length} training and ${validation.lengths.length} validation utterances`,
  );
  const signal = cli.takeSignal();
  const stopping = (): void =>
    cli.log('stopping after a checkpoint; press Ctrl-C again to stop at once');
  signal.addEventListener('abort', stopping, { once: true });
  const onProgress = showTraining(cli);
  const tuning = options.tuning && { ...options.tuning, signal };
  const result = await trainWithRecovery(
    { ...options, tuning, signal, log: cli.log, onProgress },
    () => cli.reopenEngine(),
  );
  const { run, model, best, log, stopped } = result;
  if (best !== undefined) await writeRunCard(cli.files, run, { name: `Run ${run}` });
  const verified = verify && stopped !== 'interrupted';
  if (verified) {
    cli.log('training again in another process to compare');
    await verifyDeterminism(cli.files, run, process.argv.slice(2));
  }
  const epochs = log.length;
  const told = { run, model, epochs, stopped, best: best ?? null };
  cli.result({ ...told, ...(verified && { deterministic: true }) }, () => [
    ...textOf(result),
    ...(verified ? ['bit-identical in both trainings'] : []),
  ]);
  if (stopped === 'interrupted') cli.exitCode = 130;
  return result;
}

function textOf({ run, model, best, log, stopped }: RunResult): string[] {
  const endings = {
    epochs: `all ${log.length} epochs`,
    early: `ended early after ${log.length} epochs: validation ${
      best?.validation?.ccc === undefined ? 'accuracy' : 'CCC'
    } stayed below its best`,
    interrupted: `interrupted after ${log.length} epochs; resume with: alstm train --resume --out ${shellPath(run)}`,
  };
  const lines = [`run    ${run}`, `ended  ${endings[stopped]}`];
  if (best !== undefined) lines.push(`best   ${epochText(best)}`, `model  ${model}`);
  return lines;
}
