import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readFileSync,
  readSync,
  type Stats,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const STDERR = 2;

/**
 * Runs a synchronous action whose native code writes to standard error, and drops some of those lines.
 * Node has no call for this, so the descriptor itself points to another file meanwhile. Only for a program
 * that owns its standard error, while it opens no file elsewhere. Only on Linux, and not if standard
 * error is a socket, as in a process that Node started: there the lines are kept.
 *
 * @param unwanted matches lines to drop; all others are written after the action
 */
export function withoutLines<T>(unwanted: RegExp, action: () => T): T {
  const restore = process.platform === 'linux' ? divert(unwanted) : undefined;
  if (restore === undefined) return action();
  try {
    return action();
  } finally {
    restore();
  }
}

/** @returns ends the redirection; undefined if it is not possible */
function divert(unwanted: RegExp): (() => void) | undefined {
  try {
    const stats = fstatSync(STDERR);
    if (stats.isFile() && !appends()) return blankLater(stats, unwanted);
    return stats.isFile() || stats.isFIFO() || stats.isCharacterDevice()
      ? capture(stats, unwanted)
      : undefined;
  } catch {
    return undefined; // no /proc, no temporary folder, a terminal of another user: the lines are kept
  }
}

/** A terminal, a pipe, or a file in append mode: it can be opened a second time without side effects. */
function capture(stats: Stats, unwanted: RegExp): () => void {
  const { O_WRONLY, O_APPEND, O_NOCTTY, O_NONBLOCK } = constants;
  // Otherwise a pipe without a reader would wait for one.
  const flags = O_WRONLY | O_APPEND | O_NOCTTY | (stats.isFIFO() ? O_NONBLOCK : 0);
  const own = openSync(pathOf(STDERR), flags);
  const path = join(tmpdir(), `alstm-stderr-${randomUUID()}`);
  const held = openSync(path, 'wx+', 0o600);
  unlinkSync(path);
  reopen(pathOf(held), O_WRONLY | O_APPEND);
  return () => {
    const text = readFileSync(pathOf(held), 'utf8');
    try {
      reopen(pathOf(own), flags);
    } catch {
      reopen('/dev/null', O_WRONLY); // no reader left
    }
    closeSync(own);
    closeSync(held);
    const rest = wanted(text, unwanted);
    if (rest !== '') writeSync(STDERR, rest);
  };
}

/** Points standard error to another file: a new file gets the lowest free descriptor. */
function reopen(path: string, flags: number): void {
  closeSync(STDERR);
  openSync(path, flags);
}

/**
 * A plain file has one write position, shared with all processes that inherited it, so it is not
 * redirected. The text written in between is searched, and unwanted lines are blanked.
 */
function blankLater({ size: begin }: Stats, unwanted: RegExp): () => void {
  return () => {
    const length = fstatSync(STDERR).size - begin;
    if (length <= 0) return;
    const file = openSync(pathOf(STDERR), 'r');
    const bytes = Buffer.alloc(length);
    readSync(file, bytes, 0, length, begin);
    closeSync(file);
    let at = begin;
    for (const line of bytes.toString('latin1').split('\n')) {
      if (unwanted.test(line)) writeSync(STDERR, ' '.repeat(line.length), at);
      at += line.length + 1;
    }
  };
}

function wanted(text: string, unwanted: RegExp): string {
  const lines = text.split('\n');
  return lines.filter((line) => !unwanted.test(line)).join('\n');
}

function pathOf(descriptor: number): string {
  return `/proc/self/fd/${descriptor}`;
}

function appends(): boolean {
  const info = readFileSync(`/proc/self/fdinfo/${STDERR}`, 'utf8');
  const flags = Number.parseInt(/^flags:\s*([0-7]+)$/m.exec(info)?.[1] ?? '0', 8);
  return (flags & constants.O_APPEND) !== 0;
}
