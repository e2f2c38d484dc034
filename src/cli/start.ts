import { problemOf } from '../platform/node/errors.js';
import { printable } from '../core/printable.js';
import type { Console, Environment, Output } from './environment.js';
import { wantsColors } from './paint.js';
import { runCli } from './run-cli.js';

let leaving = false;
let closeAll: () => Promise<void> = () => Promise.resolve();
let interrupted = (): boolean => false;

/** Ends the process before its command has ended by itself, but with complete files. */
async function leave(code: number): Promise<void> {
  leaving = true;
  await closeAll();
  process.exit(code);
}

function outputTo(stream: NodeJS.WriteStream): Output {
  return {
    write: (text) => {
      // What the end of its workers makes a command say is of no use any more.
      if (stream.writable && !leaving) stream.write(text);
    },
    terminal: stream.isTTY ? stream : undefined,
    colors: wantsColors(stream),
  };
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (interrupted()) return; // it ends by itself, and saves what it has before
  const enough = error.code === 'EPIPE'; // the reader has enough, as with `head`
  if (!enough) {
    process.stderr.write(`alstm: cannot write the results: ${printable(problemOf(error))}\n`);
  }
  void leave(enough ? 0 : 1);
});
// Nobody reads the progress any more, but that is no reason to stop the job.
process.stderr.on('error', () => undefined);

const console: Console = {
  stdout: outputTo(process.stdout),
  stderr: outputTo(process.stderr),
  debug: process.env['ALSTM_DEBUG'] === '1',
};

async function environment(): Promise<Environment> {
  const { processEnvironment } = await import('./process-environment.js');
  const own = processEnvironment(console, (code) => void leave(code));
  ({ closeAll } = own);
  interrupted = () => own.environment.interruption.came;
  return own.environment;
}

process.exitCode = await runCli(process.argv.slice(2), console, environment);
