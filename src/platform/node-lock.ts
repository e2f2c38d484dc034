import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { FileError, messageOf, WriteError } from '../core/errors.js';

/** Who holds a lock. */
interface Holder {
  readonly pid: number;
  readonly host: string;
  /** When the process began, in the system's own count: numbers of processes come again. */
  readonly began: string;
}

/**
 * Takes a lock file, which nobody else gets until it is given back. What a process that is gone has
 * left on this machine is taken over.
 *
 * @returns gives it back
 * @throws FileError where another process has it, or one of another machine; WriteError
 */
export async function takeLock(path: string): Promise<() => Promise<void>> {
  const own = JSON.stringify({ pid: process.pid, host: hostname(), began: await began('self') });
  for (let tries = 0; ; tries++) {
    try {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, own, { flag: 'wx' });
      return () => rm(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
        throw new WriteError(`cannot write ${path}: ${messageOf(error)}`, '', { cause: error });
      }
    }
    const holder = await readHolder(path);
    // twice: between the two another process may have been as quick
    if (tries < 2 && holder !== undefined && (await isGone(holder)))
      await rm(path, { force: true });
    else throw inUse(path, holder);
  }
}

function inUse(path: string, holder: Holder | undefined): FileError {
  const who = holder === undefined ? 'another process' : `process ${holder.pid} on ${holder.host}`;
  return new FileError(
    `${dirname(path)} is in use by ${who}`,
    `Wait for it or end it; where it is gone, remove ${path}.`,
  );
}

/** Undefined for a lock that is just being written, or of something else. */
async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    const { pid, host, began: since } = JSON.parse(await readFile(path, 'utf8')) as Partial<Holder>;
    if (typeof pid !== 'number' || typeof host !== 'string' || typeof since !== 'string') {
      return undefined;
    }
    return { pid, host, began: since };
  } catch {
    return undefined;
  }
}

async function isGone({ pid, host, began: since }: Holder): Promise<boolean> {
  if (host !== hostname()) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
  return (await began(String(pid))) !== since;
}

/** Start time of a process, where the system tells (Linux); else nothing. */
async function began(pid: string): Promise<string> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // the name, in brackets, may hold anything; the start time is the 20th field after it
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
