import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { unfinishedName } from '../../core/files.js';
import { isGone, lookAt } from './processes.js';

/** Hexadecimal digits of a name's parts: where its process runs, the process, when that started, chance. */
const DIGITS = { place: 10, pid: 8, began: 10, chance: 8 } as const;

const parts = /^\.([\da-f]{10})([\da-f]{8})([\da-f]{10})[\da-f]{8}\.tmp$/;

let own: string | undefined;

/** A new name for a file that is being written: it says which process does so. */
export function ownUnfinishedName(): string {
  own ??= place() + hex(process.pid, DIGITS.pid) + beganHex(lookAt('self')?.began ?? '');
  return unfinishedName(own + randomBytes(DIGITS.chance / 2).toString('hex'));
}

/**
 * Removes what processes of this machine were writing in a folder when they were killed. That one of them stays
 * does no harm, so nothing here fails.
 */
export async function removeAbandoned(
  fs: {
    readdir(path: string): Promise<string[]>;
    rm(path: string, options: { force: true }): Promise<void>;
  },
  folder: string,
): Promise<void> {
  const names = await fs.readdir(folder).catch(() => []);
  for (const name of names) {
    if (isAbandoned(name)) await fs.rm(join(folder, name), { force: true }).catch(() => undefined);
  }
}

function isAbandoned(name: string): boolean {
  const [, where, pid = '', began] = parts.exec(name) ?? [];
  return where === place() && isGone(Number.parseInt(pid, 16), (then) => beganHex(then) === began);
}

let here: string | undefined;

/**
 * Where process ids mean what they do here: the running system and its container. A folder may be shared with other
 * machines, of whose processes nothing is known.
 */
function place(): string {
  here ??= createHash('sha256').update(system()).digest('hex').slice(0, DIGITS.place);
  return here;
}

function system(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8');
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}

function beganHex(began: string): string {
  return hex(Number(began), DIGITS.began);
}

function hex(n: number, digits: number): string {
  return n.toString(16).padStart(digits, '0').slice(-digits);
}
