import { Command, CommanderError, Option } from 'commander';
import { AlstmError } from '../core/errors.js';
import { adapterChoices } from '../platform/node/open-gpu.js';
import { VERSION } from '../core/version.js';
import { Cli, type GlobalOptions } from './cli.js';
import { addBench } from './commands/bench.js';
import { addCorpus } from './commands/corpus.js';
import { addDemo } from './commands/demo.js';
import { addDoctor } from './commands/doctor.js';
import { addEnrol } from './commands/enrol.js';
import type { Environment } from './environment.js';
import { addEvaluate } from './commands/evaluate.js';
import { addExperiment } from './commands/experiment.js';
import { addExport } from './commands/export.js';
import { addFeatures } from './commands/features.js';
import { addGraph } from './commands/graph.js';
import { addPredict } from './commands/predict.js';
import { printable, printableLines } from '../report/draw/printable.js';
import { errorLines, stacksOf } from './text.js';
import { addTrain } from './commands/train.js';
import { addTune } from './commands/tune.js';
import type { AddCommand, Run } from './run.js';
import { integerFrom, path } from './options/values.js';
import { addVerify } from './commands/verify.js';

const commands: readonly AddCommand[] = [
  addDemo,
  addDoctor,
  addCorpus,
  addFeatures,
  addTrain,
  addEvaluate,
  addPredict,
  addEnrol,
  addExperiment,
  addExport,
  addVerify,
  addGraph,
  addBench,
  addTune,
];

/**
 * Runs one command line.
 *
 * @param argv without the program's name
 * @returns the exit code: 0 success, 1 failure, 2 usage error
 */
export async function runCli(argv: readonly string[], environment: Environment): Promise<number> {
  let exitCode = 0;
  const run: Run = async (command, job) => {
    const cli = new Cli(command.optsWithGlobals<GlobalOptions>(), environment);
    try {
      await job(cli);
      exitCode = cli.exitCode;
    } finally {
      await cli.close();
    }
  };
  try {
    await makeProgram(run, environment).parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    return reportError(error, environment);
  }
}

/**
 * The program with all its commands.
 *
 * @param run runs a command's job, once its command line was accepted
 */
export function makeProgram(
  run: Run,
  { stdout, stderr }: Pick<Environment, 'stdout' | 'stderr'>,
): Command {
  const program = new Command('alstm')
    .description('Speech emotion recognition with the Advanced LSTM, on WebGPU.')
    .version(VERSION, '-V, --version', 'print the version')
    .helpCommand('help [command]', 'explain a command')
    .helpOption('-h, --help', 'explain this command')
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .configureOutput({
      writeOut: (text) => stdout.write(printableLines(text)),
      writeErr: (text) => stderr.write(printableLines(text)),
      outputError: (text, write) => write(usageLines(text)),
    })
    .addOption(
      new Option('--adapter <name>', 'adapter to compute on (default: the best available)').choices(
        adapterChoices,
      ),
    )
    .option('--seed <n>', 'seed of everything random', integerFrom(0), 0)
    .option(
      '--cache <dir>',
      "folder for files that can be recreated (default: the user's cache)",
      path,
    )
    .option(
      '--workers <n>',
      'threads that decode recordings and compute features; 1: none beside the main one (default: one a core)',
      integerFrom(1),
    )
    .option('--json', 'print results as JSON: one object, or one per line');
  for (const add of commands) add(program, run);
  for (const command of program.commands) {
    command.showHelpAfterError(`  See: alstm ${command.name()} --help`);
  }
  return program.showHelpAfterError('  See: alstm --help');
}

/** Commander's `error: … (Did you mean …?)` in the format of the other errors. */
function usageLines(text: string): string {
  const [first = '', ...rest] = text.trim().split('\n');
  return [`alstm: ${first.replace(/^error: /, '')}`, ...rest.map((line) => `  ${line}`), ''].join(
    '\n',
  );
}

/** Prints what went wrong and what to do about it; stacks only if asked for. */
function reportError(error: unknown, { stderr, debug }: Environment): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // already printed
  const lines = errorLines(error).map(printable);
  stderr.write(`${lines.join('\n')}\n`);
  if (debug) stderr.write(`${printableLines(stacksOf(error))}\n`);
  return error instanceof AlstmError ? error.exitCode : 1;
}
