#!/usr/bin/env node
import { messageOf } from '../core/errors.js';
import { userCacheFolder } from '../platform/node/cache.js';
import { NodeFiles } from '../platform/node/files.js';
import { recordingThreads } from '../platform/node/recording-threads.js';
import { printable } from '../report/draw/printable.js';
import { ClosableFiles } from '../core/closable-files.js';
import { type Environment, Interruption, type Output, watchSignals } from './environment.js';
import { runCli } from './program.js';
import { path } from './options/values.js';

const files = new ClosableFiles(new NodeFiles());

const open: Environment['open'] = new Set();
let leaving = false;

/** Ends the process before its command has ended by itself, but with complete files. */
async function leave(code: number): Promise<void> {
  leaving = true;
  // Threads that end keep no process alive, and without anything to wait for it would end before its exit status is set.
  setInterval(() => undefined, 1000);
  await files.close();
  await Promise.allSettled([...open].map(async (close) => close()));
  process.exit(code);
}

function outputTo(stream: NodeJS.WriteStream): Output {
  return {
    write: (text) => {
      // What the end of its workers makes a command say is of no use any more.
      if (stream.writable && !leaving) stream.write(text);
    },
    terminal: stream.isTTY ? stream : undefined,
  };
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  const enough = error.code === 'EPIPE'; // the reader has enough, as with `head`
  if (!enough) {
    process.stderr.write(`alstm: cannot write the results: ${printable(messageOf(error))}\n`);
  }
  void leave(enough ? 0 : 1);
});
// Nobody reads the progress any more, but that is no reason to stop the job.
process.stderr.on('error', () => undefined);

const environment: Environment = {
  files,
  // Touched only where it is read: it would keep the process waiting.
  get stdin() {
    return process.stdin;
  },
  stdout: outputTo(process.stdout),
  stderr: outputTo(process.stderr),
  cache: path(userCacheFolder()),
  interruption: new Interruption(),
  open,
  threads: (workers, warn) => recordingThreads({ workers, files, warn }),
  ownProcess: true,
  debug: process.env['ALSTM_DEBUG'] === '1',
};
watchSignals(environment.interruption, (code) => void leave(code));
process.exitCode = await runCli(process.argv.slice(2), environment);
