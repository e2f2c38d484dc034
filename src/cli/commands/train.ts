import { type Command, Option } from 'commander';
import { UsageError } from '../../core/errors.js';
import type { ValidationUnit } from '../../corpora/split.js';
import { precisions, type Precision } from '../../plan/plan.js';
import { readLog } from '../../runs/log.js';
import { writeRunCard } from '../../runs/card.js';
import { begunRun, newRun, resumedRun, type RunHost } from '../../training/begin.js';
import type { ClassWeights } from '../../training/class-weights.js';
import type { RegressionLoss } from '../../core/config.js';
import { logFormats, type LogFormat } from '../../runs/log-formats.js';
import { trainWithRecovery } from '../../training/train-with-recovery.js';
import type { RunResult, TrainOptions } from '../../training/trainer.js';
import { classWeights, classWeightsText } from '../options/class-weights.js';
import { addRegressionOption, reversals } from '../options/regression.js';
import { addNormaliseOptions, type NormaliseFlags } from '../options/features.js';
import type { Cli } from '../cli.js';
import { listOf, names, quotingNote } from '../options/lists.js';
import {
  addDataOptions,
  type DataFlags,
  dataSource,
  permissionsOf,
  validateByOption,
  validationShareOption,
} from '../options/data.js';
import { sourceThere } from '../options/moved-corpus.js';
import { MODEL_TEXT } from '../options/model.js';
import { addPlanOptions, type PlanFlags, readPlan, tuningOf } from '../options/plan.js';
import type { Run } from '../run.js';
import {
  addModelOptions,
  addTrainingOptions,
  type ModelFlags,
  readSettings,
  type TrainingFlags,
} from '../options/settings.js';
import { examples, spelled } from '../text.js';
import { epochText, showTraining } from '../training-progress.js';
import { numberFrom, oneOf, path } from '../options/values.js';
import { VERIFY_DETERMINISM, verifyDeterminism } from './verify-determinism.js';

interface TrainFlags extends DataFlags, ModelFlags, TrainingFlags, PlanFlags, NormaliseFlags {
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

export function addTrain(program: Command, run: Run): void {
  const command = program
    .command('train')
    .summary('train a model')
    .description(
      'Trains a model into a run folder: config.json, log.jsonl, checkpoints/ and model/, the best ' +
        'so far. Ctrl-C writes a checkpoint and stops; --resume continues bit-identically.',
    )
    .requiredOption(
      '--out <run>',
      'run folder to write: a new one, or with --resume the one to resume',
      path,
    );
  addDataOptions(command).option(
    '--validation-speakers <list>',
    `speakers held out for validation (default: a tenth of the training utterances); ${quotingNote}`,
    names,
  );
  command.addOption(validationShareOption()).addOption(validateByOption());
  addNormaliseOptions(command);
  addRegressionOption(command);
  addPlanOptions(addTrainingOptions(addModelOptions(command)))
    .addOption(
      new Option(
        '--precision <type>',
        'storage type of activations (default: f32); f16 needs a GPU with shader-f16',
      ).choices(precisions),
    )
    .option('--label-smoothing <share>', 'label smoothing of every head', numberFrom(0, 1))
    .option('--class-weights <list>', classWeightsText, classWeights)
    .addOption(
      new Option(
        '--regression-loss <loss>',
        'loss of the --regression tasks (default: ccc)',
      ).choices(['ccc', 'mse']),
    )
    .option(
      '--reversal <list>',
      'gradient reversal of heads, such as speaker=0.1: what they share with others gets -0.1 times their gradient',
      reversals,
    )
    .option('--init-from <model>', `start from a trained model: ${MODEL_TEXT}`, path)
    .option(
      '--log-format <list>',
      'epoch logs to write in --out: jsonl, csv, tensorboard; log.jsonl is always written',
      listOf(oneOf(logFormats)),
    )
    .option(
      '--resume',
      'resume the run in --out with its own options; only --on-non-finite and --feature-memory may change, and ' +
        '--data or --manifest may give the new path of the same recordings',
    )
    .option(
      VERIFY_DETERMINISM,
      'train again in another process and check that every parameter is bit-identical',
    )
    .option('--trace <file>', 'write a trace of the first passes for Perfetto', path)
    .addHelpText(
      'after',
      examples(
        'alstm train --corpus nemo --data data/nemo --test-speakers KS0,EB0 --units 64 --out runs/first',
        'alstm train --manifest speech.csv --config small.json --epochs 20 --out runs/second',
        'alstm train --resume --out runs/first',
      ),
    )
    .action((flags: TrainFlags, self: Command) => {
      const given = Object.keys(flags).filter((name) => self.getOptionValueSource(name) === 'cli');
      return run(self, (cli) => (flags.resume ? resume(cli, flags, given) : begin(cli, flags)));
    });
}

async function begin(cli: Cli, flags: TrainFlags): Promise<void> {
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

async function resume(cli: Cli, flags: TrainFlags, given: readonly string[]): Promise<void> {
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
  return `For more epochs or other settings start a new run from its model: --init-from ${run} and another --out.`;
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
    interrupted: `interrupted after ${log.length} epochs; resume with: alstm train --resume --out ${run}`,
  };
  const lines = [`run    ${run}`, `ended  ${endings[stopped]}`];
  if (best !== undefined) lines.push(`best   ${epochText(best)}`, `model  ${model}`);
  return lines;
}
