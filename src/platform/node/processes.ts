import { readFileSync } from 'node:fs';
import { codeOf } from './errors.js';

/** What the system knows about a process. */
interface Known {
  /** When it started, in the system's own clock: process ids are reused. */
  readonly began: string;
  readonly ended: boolean;
}

/** What the system (Linux) knows about a process, of this one by `self`; undefined elsewhere. */
export function lookAt(pid: string): Known | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // the name, in brackets, may hold anything; the start time is the 20th field after it
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    // a process that has ended keeps its id until its parent has collected it
    return { began: fields[19] ?? '', ended: /^[ZXx]/.test(fields[0] ?? '') };
  } catch {
    return undefined;
  }
}

/** Whether the process of this id that started then is no more, on this machine. */
export function isGone(pid: number, startedThen: (began: string) => boolean): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (codeOf(error) === 'ESRCH') return true; // otherwise it belongs to another user, or the id was reused
  }
  const found = lookAt(String(pid));
  return found !== undefined && (found.ended || !startedThen(found.began));
}
