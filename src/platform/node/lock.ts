import { link, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { FileError, WriteError } from '../../core/errors.js';
import { unfinishedName } from '../../core/files.js';
import { codeOf, writeError } from './errors.js';
import { makeFolders } from './folders.js';
import { isGone, lookAt } from './processes.js';
import { ownUnfinishedName } from './unfinished.js';

/** Who holds a lock. */
interface Holder {
  readonly pid: number;
  readonly host: string;
  /** When the process started, in the system's own clock: process ids are reused. */
  readonly began: string;
}

/** Attempts: between two checks of a lock another process may take it. */
const TRIES = 5;

/**
 * Takes a lock file, which no other process gets until it is released. A lock left on this machine by a
 * process that is gone is taken over; neither its age nor any clock matters.
 *
 * @returns releases it
 * @throws FileError if another process has it, on this or another machine; WriteError
 */
export function takeLock(path: string): Promise<() => Promise<void>> {
  return take(path, 0);
}

/** @param depth 0 for a lock, 1 for the lock held while removing it, and so on */
async function take(path: string, depth: number): Promise<() => Promise<void>> {
  const began = lookAt('self')?.began ?? '';
  const own = JSON.stringify({ pid: process.pid, host: hostname(), began });
  for (let tries = 1; ; tries++) {
    if (await putNew(path, own)) return () => remove(path);
    const text = await readLock(path);
    const holder = holderIn(text);
    const free = text === undefined || (holder !== undefined && isAbandoned(holder));
    if (!free || tries === TRIES) throw inUse(path, holder);
    if (text !== undefined) await removeStale(path, text, depth + 1);
  }
}

/**
 * Removes a stale lock. One process at a time does so, after checking again: otherwise it could remove
 * the lock of a faster process.
 */
async function removeStale(path: string, stale: string, depth: number): Promise<void> {
  const release = await take(lockBeside(path, depth), depth);
  try {
    const text = await readLock(path);
    if (text === stale) await remove(path);
  } finally {
    await release();
  }
}

/**
 * Creates a file atomically if there is none: a process killed meanwhile leaves no partial file, whose
 * owner would be unknown.
 *
 * @returns whether there was none
 */
async function putNew(path: string, text: string): Promise<boolean> {
  const temporary = join(dirname(path), ownUnfinishedName());
  try {
    await makeFolders({ mkdir, stat }, dirname(path));
    await writeFile(temporary, text, { flag: 'wx' });
    await link(temporary, path).catch(async (error: unknown) => {
      if (codeOf(error) === 'EEXIST') throw error;
      await writeFile(path, text, { flag: 'wx' }); // a file system without links
    });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw writeError('write', path, error);
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined); // the first failure is the one to report
  }
}

/** The text of a lock, or undefined if it is gone. Throws WriteError if it is not a file: reading a pipe could block. */
async function readLock(path: string): Promise<string | undefined> {
  const stats = await stat(path).catch(() => undefined);
  if (stats !== undefined && !stats.isFile()) {
    throw new WriteError(`cannot write ${path}: it is not a regular file`, 'Remove it.');
  }
  return readFile(path, 'utf8').catch(() => undefined);
}

async function remove(path: string): Promise<void> {
  try {
    await rm(path, { force: true });
  } catch (error) {
    throw writeError('remove', path, error);
  }
}

/** Named so that it is cleaned up if its process was killed. */
function lockBeside(path: string, depth: number): string {
  return join(dirname(path), unfinishedName(String(depth).padStart(36, '0')));
}

function inUse(path: string, holder: Holder | undefined): FileError {
  const who = holder === undefined ? 'another process' : `process ${holder.pid} on ${holder.host}`;
  return new FileError(
    `${dirname(path)} is in use by ${who}`,
    `Wait for it or end it; if it is gone, remove ${path}.`,
  );
}

/** Undefined if the text is not a lock of ours. */
function holderIn(text: string | undefined): Holder | undefined {
  try {
    const { pid, host, began } = JSON.parse(text ?? '') as Partial<Holder>;
    if (typeof pid !== 'number' || typeof host !== 'string' || typeof began !== 'string') {
      return undefined;
    }
    return { pid, host, began };
  } catch {
    return undefined;
  }
}

function isAbandoned({ pid, host, began }: Holder): boolean {
  return host === hostname() && isGone(pid, (then) => then === began);
}
