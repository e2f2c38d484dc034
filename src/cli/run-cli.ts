import { AlstmError } from '../core/errors.js';
import { printable, printableLines } from '../core/printable.js';
import type { GlobalOptions } from './cli.js';
import type { Console, Environment } from './environment.js';
import { overview } from './overview.js';
import { paintedLine } from './paint.js';
import type { Run } from './run.js';
import { errorLines, stacksOf } from './text.js';

/**
 * Runs one command line. What it needs is loaded when it is needed: most of the program only once a command runs.
 *
 * @param argv without the program's name
 * @param environment what a command runs in, once one does
 * @returns the exit code: 0 success, 1 failure, 2 usage error
 */
export async function runCli(
  argv: readonly string[],
  console: Console,
  environment: () => Environment | Promise<Environment>,
): Promise<number> {
  const { stdout } = console;
  if (argv.length === 0) {
    stdout.write(overview(stdout.colors ?? false));
    return 0;
  }
  let exitCode = 0;
  const run: Run = async (command, job) => {
    const { Cli } = await import('./cli.js');
    const cli = new Cli(command.optsWithGlobals<GlobalOptions>(), await environment());
    try {
      await job(cli);
      exitCode = cli.exitCode;
    } finally {
      await cli.close();
    }
  };
  const { makeProgram, endsProgram } = await import('./program.js');
  try {
    await makeProgram(run, console).parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    return endsProgram(error) ?? reportError(error, console);
  }
}

/** Prints what went wrong and what to do about it; stacks only if asked for. */
function reportError(error: unknown, { stderr, debug }: Console): number {
  const { colors = false } = stderr;
  const lines = errorLines(error).map(printable);
  stderr.write(lines.map((line) => `${paintedLine(line, colors)}\n`).join(''));
  if (debug) stderr.write(`${printableLines(stacksOf(error))}\n`);
  return error instanceof AlstmError ? error.exitCode : 1;
}
