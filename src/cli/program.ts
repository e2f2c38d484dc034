import { Command, CommanderError, Help } from 'commander';
import { adapterChoices } from '../core/choices.js';
import { VERSION } from '../core/version.js';
import { printable, printableLines } from '../core/printable.js';
import { addBench } from './commands/bench.js';
import { addCompletion } from './commands/completion.js';
import { addCorpus } from './commands/corpus.js';
import { addDemo } from './commands/demo.js';
import { addDoctor } from './commands/doctor.js';
import { addEnrol } from './commands/enrol.js';
import { addEvaluate } from './commands/evaluate.js';
import { addExperiment } from './commands/experiment.js';
import { addExport } from './commands/export.js';
import { addFeatures } from './commands/features.js';
import { addHelp } from './commands/help.js';
import { addGraph } from './commands/graph.js';
import { addOpen } from './commands/open.js';
import { addPredict } from './commands/predict.js';
import { addTrain } from './commands/train.js';
import { addTune } from './commands/tune.js';
import { addVerify } from './commands/verify.js';
import type { Console, Output } from './environment.js';
import { choice } from './options/choice.js';
import { integerFrom, path } from './options/values.js';
import { paintedLine, paints } from './paint.js';
import type { AddCommand, Run } from './run.js';

/**
 * The commands by task. Each says what a command line may hold, and loads what it does (`jobs/`) only when it is run:
 * help, completion and complaints need nothing else.
 */
const commands: Readonly<Record<string, readonly AddCommand[]>> = {
  'Try it:': [addDemo, addOpen, addDoctor],
  'Predict:': [addPredict, addEnrol],
  'Train:': [addCorpus, addTrain, addEvaluate],
  'Compare:': [addExperiment],
  'Exchange:': [addExport, addFeatures],
  'Look inside and measure:': [addGraph, addVerify, addBench, addTune],
};

/**
 * The program with all its commands.
 *
 * @param run runs a command's job, once its command line was accepted
 */
export function makeProgram(
  run: Run,
  { stdout, stderr }: Pick<Console, 'stdout' | 'stderr'>,
): Command {
  const { heading, command: painted } = paints();
  const program = new Command('alstm')
    .description('Which emotion is in speech? Trained and run on your GPU, by WebGPU.')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'explain this command')
    .configureHelp({
      showGlobalOptions: true,
      optionDescription: (option) => unquoted(new Help().optionDescription(option)),
      argumentDescription: (argument) => unquoted(new Help().argumentDescription(argument)),
      styleTitle: heading,
      styleSubcommandTerm: painted,
      styleOptionTerm: painted,
      styleArgumentTerm: painted,
    })
    .exitOverride()
    .configureOutput({
      writeOut: (text) => stdout.write(stdout.colors ? text : printableLines(text)),
      writeErr: (text) => stderr.write(stderr.colors ? text : printableLines(text)),
      outputError: (text) => stderr.write(usageError(text, stderr)),
      getOutHasColors: () => stdout.colors ?? false,
      getErrHasColors: () => stderr.colors ?? false,
      getOutHelpWidth: () => stdout.terminal?.columns ?? 80,
      getErrHelpWidth: () => stderr.terminal?.columns ?? 80,
    });
  addGlobalOptions(program);
  for (const [task, adds] of Object.entries(commands)) {
    program.commandsGroup(task);
    for (const add of adds) add(program, run);
  }
  program.commandsGroup('Help:').helpCommand(false);
  addHelp(program);
  addCompletion(program, (text) => stdout.write(text));
  pointToHelp(program, 'alstm');
  return program.addHelpText('after', '\nWhat one can do, with examples: alstm');
}

function addGlobalOptions(program: Command): void {
  program
    .addOption(
      choice(
        '--adapter <name>',
        'what to compute on: gpu, or a program that stands in for one (default: the best there is)',
        adapterChoices,
      ),
    )
    .option(
      '--seed <n>',
      'start of everything random: the same seed, the same results',
      integerFrom(0),
      0,
    )
    .option('--cache <dir>', "folder for what can be made again (default: the user's cache)", path)
    .option(
      '--workers <n>',
      'threads that read recordings and compute features (default: one for each core)',
      integerFrom(1),
    )
    .option('--json', 'print results as JSON: one object, or one a line');
}

/** Choices and defaults are easier to read without the quotes that Commander puts round them. */
function unquoted(description: string): string {
  return description.replace(/\((?:choices|default): .*/, (text) => text.replaceAll('"', ''));
}

/** Complaints about a command line end with where to look. */
function pointToHelp(command: Command, name: string): void {
  command.showHelpAfterError(`  See: ${name} --help`);
  for (const own of command.commands) pointToHelp(own, `${name} ${own.name()}`);
}

/** Commander's `error: …` and `(Did you mean …?)` in the format of the other errors. */
function usageError(text: string, { colors = false }: Output): string {
  const own = text.trim().replace(/^error: /, '');
  const [first = '', ...rest] = own.replace(/\.?\n\((Did you mean .*\?)\)$/, '. $1').split('\n');
  const lines = [`alstm: ${first}`, ...rest.map((line) => `  ${line}`)].map(printable);
  return lines.map((line) => `${paintedLine(line, colors)}\n`).join('');
}

/** The exit code of a command line that Commander has answered itself: help, the version, a complaint. */
export function endsProgram(error: unknown): number | undefined {
  if (!(error instanceof CommanderError)) return undefined;
  return error.exitCode === 0 ? 0 : 2;
}
