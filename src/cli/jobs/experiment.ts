import { ConfigError, UsageError } from '../../core/errors.js';
import { joinPath } from '../../core/paths.js';
import { loadExperimentData } from '../../experiments/experiment-data.js';
import { jobName } from '../../experiments/jobs.js';
import { parseShard } from '../../core/shard.js';
import { shellPath } from '../../core/shell.js';
import { readJson } from '../../core/json-file.js';
import { parseProtocol, type Protocol } from '../../experiments/protocol.js';
import { keepProtocol, readProtocol } from '../../experiments/protocol-file.js';
import type { JobResult } from '../../experiments/result.js';
import { runExperiment, type ExperimentProgress } from '../../experiments/run-experiment.js';
import { confusionOf } from '../../experiments/scores.js';
import { slurmScript } from '../../experiments/slurm.js';
import { scores } from '../../metrics/metrics.js';
import { loadLibsvm } from '../../platform/node/libsvm.js';
import type { Cli } from '../cli.js';
import { collectExperiment } from './collect.js';
import { partsOf, placesOf, placesText } from '../given/corpora.js';
import { permissionsOf } from '../given/data.js';
import type { PlanFlags } from '../options/plan.js';
import { readPlan, tuningOf } from '../given/plan.js';
import { reportSettings } from '../given/report.js';
import type { ReportFlags } from '../options/report.js';
import { protocolOf } from '../given/protocol.js';
import type { ProtocolFlags } from '../options/protocol.js';
import { readSettings } from '../given/settings.js';
import { dashed, durationText } from '../text.js';
import { showTraining } from '../training-progress.js';
import { absolute } from '../options/values.js';

export interface ExperimentFlags extends ProtocolFlags, PlanFlags, ReportFlags {
  readonly protocol?: string;
  readonly out?: string;
  readonly folds?: string[];
  readonly shard?: string;
  readonly sbatch?: string;
  readonly tasks: number;
}

/** Options that set where and how to run, not what. */
const elsewhere: readonly string[] = [
  ...['protocol', 'data', 'manifest', 'out', 'folds', 'shard', 'sbatch', 'tasks'],
  ...['combine', 'prior'],
  ...[
    'plan',
    'tune',
    'cooperative',
    'adapter',
    'seed',
    'cache',
    'workers',
    'json',
    'allowOutside',
    'featureMemory',
  ],
];

export async function experiment(
  cli: Cli,
  flags: ExperimentFlags,
  given: readonly string[],
): Promise<void> {
  const { out, folds, shard: part } = flags;
  if (out === undefined) throw new UsageError('no --out was given', 'Give the folder to write to.');
  const shard = part === undefined ? undefined : parseShard(part, process.env);
  const protocol = await withReport(cli, flags, await chosenProtocol(cli, flags, given, out));
  const places = dataPaths(flags, protocol);
  if (flags.sbatch !== undefined) {
    const { tasks } = flags;
    const options = carried(cli, flags);
    const data = placesText(places);
    const script = slurmScript({ protocol, data, out: absolute(out), tasks, options });
    await keepProtocol(cli.files, out, protocol); // because the script names it
    await cli.files.write(flags.sbatch, script);
    cli.result({ sbatch: flags.sbatch }, () => [`script ${flags.sbatch}`]);
    return;
  }
  const plan = await readPlan(cli, flags, protocol.precision);
  const data = await loadExperimentData(cli.files, protocol, places, {
    ...permissionsOf(flags),
    ...cli.forFeatures,
    featureMemory: flags.featureMemory,
  });
  const signal = cli.takeSignal();
  const stopping = (): void =>
    cli.log('stopping after a checkpoint; press Ctrl-C again to stop at once');
  signal.addEventListener('abort', stopping, { once: true });
  const times: number[] = [];
  let show: ReturnType<typeof showTraining> | undefined;
  const progress = await runExperiment({
    engine: () => cli.engine(),
    reopen: () => cli.reopenEngine(),
    svm: loadLibsvm,
    files: cli.files,
    out,
    protocol,
    data,
    shard,
    folds,
    signal,
    plan,
    tuning: { ...tuningOf(cli, flags), signal },
    onJob: (job, done, total) => {
      show = showTraining(cli, `${done + 1}/${total} ${jobName(job)}`);
    },
    onProgress: (_, told) => {
      if (told.kind === 'step') show?.(told);
    },
    onResult: (job, result, { done, total, seconds }) => {
      times.push(seconds);
      const each = times.reduce((sum, x) => sum + x, 0) / times.length;
      const left = done < total ? `  about ${durationText(each * (total - done))} left` : '';
      const score = (100 * accuracyOf(result)).toFixed(1);
      const epoch = result.best === undefined ? '' : `  epoch ${result.best}`;
      cli.log(
        `${done}/${total} ${jobName(job)}  accuracy ${score}%${epoch}  ${durationText(seconds)}${left}`,
      );
    },
    log: cli.log,
  });
  await end(cli, out, progress, shard !== undefined);
}

/** Reports how many runs are done; a complete experiment ends with its report. */
async function end(
  cli: Cli,
  out: string,
  { done, total, failed, interrupted }: ExperimentProgress,
  sharded: boolean,
): Promise<void> {
  for (const { job, reason } of failed) {
    cli.complain(new ConfigError(`${job}: ${reason}`, 'Run the same command to try again.'));
  }
  if (interrupted) cli.exitCode = 130;
  if (sharded || interrupted || done === 0) {
    const next = interrupted
      ? 'run the same command to resume'
      : `alstm experiment collect ${shellPath(out)}`;
    cli.result({ out, done, total, failed }, () => [`${done} of ${total} runs done; ${next}`]);
    return;
  }
  await collectExperiment(cli, [out], undefined);
}

/** The protocol, and in it what its report shows besides. */
async function withReport(cli: Cli, flags: ReportFlags, protocol: Protocol): Promise<Protocol> {
  const shown = await reportSettings(cli, flags);
  if (Object.keys(shown).length === 0) return protocol;
  return parseProtocol({ ...protocol, report: { ...protocol.report, ...shown } }, 'the experiment');
}

/** The protocol from the file, the options, or the folder that is resumed. */
async function chosenProtocol(
  cli: Cli,
  flags: ExperimentFlags,
  given: readonly string[],
  out: string,
): Promise<Protocol> {
  const [option] = given.filter((name) => !elsewhere.includes(name));
  const { protocol: file, corpus, manifest } = flags;
  if (file !== undefined) {
    if (option === undefined) {
      return parseProtocol(await readJson(cli.files, file), file);
    }
    throw new UsageError(
      `--${dashed(option)} was given together with --protocol`,
      'The protocol defines it: change it there, or drop --protocol.',
    );
  }
  const begun = await readProtocol(cli.files, out);
  if (option === undefined && begun !== undefined) return begun;
  if (corpus !== undefined || manifest !== undefined) {
    const parts = await partsOf(cli, flags);
    return protocolOf(flags, await readSettings(cli, flags), cli.seed, parts);
  }
  throw new UsageError(
    option === undefined
      ? `no experiment was given, and there is no ${joinPath(out, 'protocol.json')}`
      : `--${dashed(option)} was given without a corpus`,
    'Give --protocol FILE, or --corpus FORMAT and --data DIR, or --manifest FILE.',
  );
}

/** Options of this command that are passed on to a script's tasks. */
function carried({ adapter, ownCache, ownWorkers }: Cli, flags: ExperimentFlags): string[] {
  const { allowOutside, plan, tune, cooperative, featureMemory } = flags;
  return [
    ...(allowOutside ? ['--allow-outside'] : []),
    ...(adapter === undefined ? [] : ['--adapter', adapter]),
    ...(ownCache === undefined ? [] : ['--cache', absolute(ownCache)]),
    ...(ownWorkers === undefined ? [] : ['--workers', String(ownWorkers)]),
    ...(plan === undefined ? [] : ['--plan', absolute(plan)]),
    ...(tune === undefined ? [] : [tune ? '--tune' : '--no-tune']),
    ...(cooperative ? ['--cooperative'] : []),
    ...(featureMemory === undefined ? [] : ['--feature-memory', String(featureMemory)]),
  ];
}

/** Folder or manifest of each corpus, absolute. */
function dataPaths(
  { data, manifest }: ExperimentFlags,
  { corpus: { format, corpora = [{ corpus: format }] } }: Protocol,
): readonly string[] {
  const where = manifest ?? data;
  if (where !== undefined && (manifest === undefined || data === undefined)) {
    return placesOf(where, corpora);
  }
  throw new UsageError(
    where === undefined ? 'no recordings were given' : '--manifest was given together with --data',
    'Give --data DIR, or --manifest FILE for a manifest.',
  );
}

function accuracyOf(result: JobResult): number {
  return scores(confusionOf(result)).accuracy;
}
