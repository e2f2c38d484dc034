import { ClosableFiles } from '../core/closable-files.js';
import { userCacheFolder } from '../platform/node/cache.js';
import { NodeFiles } from '../platform/node/files.js';
import { type Console, type Environment, Interruption, watchSignals } from './environment.js';
import { path } from './options/values.js';

/**
 * What a command gets where it has a process to itself, and how to close all of it with complete files.
 *
 * @param leave called at a signal that the command does not take; gets the exit code
 */
export function processEnvironment(
  console: Console,
  leave: (code: number) => void,
): { readonly environment: Environment; readonly closeAll: () => Promise<void> } {
  const files = new ClosableFiles(new NodeFiles());
  const environment: Environment = {
    ...console,
    files,
    // Touched only where it is read: it would keep the process waiting.
    get stdin() {
      return process.stdin;
    },
    cache: path(userCacheFolder()),
    interruption: new Interruption(),
    open: new Set(),
    threads: true,
    ownProcess: true,
  };
  watchSignals(environment.interruption, leave);
  const closeAll = async (): Promise<void> => {
    // Threads that end keep no process alive, and without anything to wait for it would end before its exit status is set.
    setInterval(() => undefined, 1000);
    await files.close();
    await Promise.allSettled([...environment.open].map(async (close) => close()));
  };
  return { environment, closeAll };
}
