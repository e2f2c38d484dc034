import { ConfigError, UsageError } from '../../core/errors.js';
import { mainTask } from '../../corpora/labels.js';
import type { ValidationUnit } from '../../corpora/split.js';
import type { Precision } from '../../plan/plan.js';
import {
  loadTrainingData,
  type DataSource,
  type RunData,
  type TrainingDataOptions,
} from '../../data/source.js';
import { readLog } from '../../runs/log.js';
import { writeRunCard } from '../../runs/card.js';
import { readRunConfig, refuseUsedFolder } from '../../runs/folder.js';
import { type ClassWeights, resolveWeights } from '../../training/class-weights.js';
import { regressionTasks, withHeads } from '../../runs/head-settings.js';
import type { RegressionLoss } from '../../core/config.js';
import { type LogFormat } from '../../runs/log-formats.js';
import { takesFunctionals } from '../../session/batch.js';
import {
  featureSource,
  headTasks,
  resolveTraining,
  wantsFunctionals,
} from '../../runs/settings.js';
import { trainWithRecovery } from '../../training/train-with-recovery.js';
import type { RunResult, TrainOptions } from '../../training/trainer.js';
import type { NormaliseFlags } from '../options/features.js';
import { withNormalisation } from '../given/features.js';
import type { Cli } from '../cli.js';
import type { DataFlags } from '../options/data.js';
import { dataSource, permissionsOf } from '../given/data.js';
import { sourceThere } from '../given/moved-corpus.js';
import type { PlanFlags } from '../options/plan.js';
import { readPlan, tuningOf } from '../given/plan.js';
import type { ModelFlags, TrainingFlags } from '../options/settings.js';
import { readSettings } from '../given/settings.js';
import { dashed } from '../text.js';
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
  const { out, trace, initFrom, featureMemory } = flags;
  const { validationSpeakers, validationShare, validateBy } = flags;
  const given = await dataSource(cli, flags);
  const settings = withNormalisation(await readSettings(cli, flags), flags);
  const numbers = [...new Set([...(flags.regression ?? []), ...regressionTasks(settings)])];
  const source = {
    ...given,
    ...(numbers.length > 0 && { regression: numbers }),
    ...(validationSpeakers && { validationSpeakers }),
    ...(validationShare !== undefined && { validationShare }),
    ...(validateBy && { validateBy }),
    ...featureSource(settings, 'options'),
  };
  const { keep } = resolveTraining(settings, 'options');
  if (validationShare === 0 && keep !== 'last') {
    throw new UsageError(
      'without validation there is no best epoch',
      'Keep the last one (--keep last), or give --validation-share a share above 0.',
    );
  }
  const plan = await readPlan(cli, flags, flags.precision);
  await refuseUsedFolder(cli.files, out); // before the features of a whole corpus are computed
  const engine = await cli.engine();
  const heads = settings.model?.heads?.map(({ task }) => task);
  const data = await load(cli, source, {
    ...(heads && { task: mainTask(heads) }),
    featureMemory,
    functionals: wantsFunctionals(settings),
  });
  await trainAndTell(cli, {
    engine,
    files: cli.files,
    out,
    data,
    settings: withHeads(settings, headTasks(settings, Object.keys(data.labels)), {
      hidden: flags.headHidden,
      labelSmoothing: flags.labelSmoothing,
      classWeights: weightsOf(flags.classWeights, data),
      regression: flags.regression,
      regressionLoss: flags.regressionLoss,
      reversal: flags.reversal,
    }),
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
  const { out, trace, onNonFinite, featureMemory } = flags;
  const [other] = given.filter((name) => !withResume.includes(name));
  if (other !== undefined) {
    throw new UsageError(
      `--${dashed(other)} was given together with --resume`,
      `A run resumes with its own options: give --out alone. ${newRunHint(out)}`,
    );
  }
  const { model, data: begun } = await readRunConfig(cli.files, out);
  if (begun.source === undefined) {
    throw new ConfigError(
      `${out} does not say what it was trained on`,
      'It was started from a program, which has to resume it.',
    );
  }
  const source = await sourceThere(cli, begun.source, flags, out);
  const { length: epochsBefore } = await readLog(cli.files, out);
  const engine = await cli.engine();
  const task = mainTask(model.heads.map((head) => head.task));
  const data = await load(
    cli,
    { ...source, ...permissionsOf(flags) },
    { task, allowUntrained: true, featureMemory, functionals: takesFunctionals(model) },
  );
  const { log, stopped } = await trainAndTell(cli, {
    engine,
    files: cli.files,
    out,
    data,
    resume: true,
    ...(onNonFinite && { settings: { training: { onNonFinite } } }),
    trace,
    tuning: tuningOf(cli, {}),
  });
  if (stopped !== 'interrupted' && log.length === epochsBefore) {
    cli.log(`${out} is already complete: nothing to do. ${newRunHint(out)}`);
  }
}

/** How to continue a run with other settings. */
function newRunHint(run: string): string {
  return `For more epochs or other settings start a new run from its model: --init-from ${run} and another --out.`;
}

function load(cli: Cli, source: DataSource, options: TrainingDataOptions = {}): Promise<RunData> {
  return loadTrainingData(cli.files, source, {
    ...options,
    ...cli.forFeatures,
  });
}

function weightsOf(
  weights: ClassWeights | undefined,
  data: RunData,
): readonly number[] | undefined {
  const { emotion } = data.training.targets;
  return weights && emotion && resolveWeights(weights, emotion, data.labels['emotion'] ?? []);
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
    interrupted: `interrupted after ${log.length} epochs; resume with: alstm train --resume --out ${run}`,
  };
  const lines = [`run    ${run}`, `ended  ${endings[stopped]}`];
  if (best !== undefined) lines.push(`best   ${epochText(best)}`, `model  ${model}`);
  return lines;
}
