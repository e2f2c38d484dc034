import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { FileError, WriteError } from '../../core/errors.js';
import { unfinishedName } from '../../core/files.js';
import { codeOf, writeError } from './errors.js';
import { makeFolders } from './folders.js';

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
  const began = (await lookAt('self'))?.began ?? '';
  const own = JSON.stringify({ pid: process.pid, host: hostname(), began });
  for (let tries = 1; ; tries++) {
    if (await putNew(path, own)) return () => remove(path);
    const text = await readLock(path);
    const holder = holderIn(text);
    const free = text === undefined || (holder !== undefined && (await isGone(holder)));
    if (!free || tries === TRIES) throw inUse(path, holder);
    if (text !== undefined) await removeStale(path, text, depth + 1);
  }
}

/**
 * Removes a stale lock. One process at a time does so, after checking again: otherwise it could remove
 * the lock of a faster process.
 */
async function removeStale(path: string, stale: string, depth: number): Promise<void> {
  const release = await take(besides(path, String(depth).padStart(36, '0')), depth);
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
  const temporary = besides(path, randomUUID());
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
function besides(path: string, unique: string): string {
  return join(dirname(path), unfinishedName(unique));
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

async function isGone({ pid, host, began }: Holder): Promise<boolean> {
  if (host !== hostname()) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (codeOf(error) === 'ESRCH') return true; // otherwise it belongs to another user, or the id was reused
  }
  const found = await lookAt(String(pid));
  return found !== undefined && (found.ended || found.began !== began);
}

/** What the system knows about a process (Linux); undefined elsewhere. */
async function lookAt(pid: string): Promise<{ began: string; ended: boolean } | undefined> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8');
    // the name, in brackets, may hold anything; the start time is the 20th field after it
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    // a process that has ended keeps its id until its parent has collected it
    return { began: fields[19] ?? '', ended: /^[ZXx]/.test(fields[0] ?? '') };
  } catch {
    return undefined;
  }
}
