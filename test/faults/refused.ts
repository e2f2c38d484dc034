import { spawnSync } from 'node:child_process';
import { chmodSync, readdirSync, type Stats } from 'node:fs';
import * as nodeFs from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import type { NodeFs } from '../../src/platform/node/files.js';
import type { CliOptions } from '../cli/run-cli.js';

/** Mounts a folder over itself, read-only, for one process alone; then runs that. */
const MOUNT = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"';

/**
 * How to run the command so that the system itself refuses to change a folder: by its permissions, or for
 * root, whom those do not bind, by a read-only mount. Undefined where neither is possible.
 */
export function refusing(folder: string): CliOptions | undefined {
  if (process.getuid?.() !== 0) {
    permit(folder, 0o555);
    return {};
  }
  const through = ['unshare', '-m', 'sh', '-c', MOUNT, folder];
  const [program = '', ...rest] = through;
  return spawnSync(program, [...rest, 'true']).status === 0 ? { through } : undefined;
}

/** Gives a folder and those in it permissions. */
export function permit(folder: string, mode: number): void {
  chmodSync(folder, mode);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) permit(join(folder, entry.name), mode);
  }
}

/**
 * Calls that change something fail below a folder with a system's code.
 *
 * @param looks as well those by which it is looked into
 */
export function failingBelow(folder: string, code: string, looks = false): NodeFs {
  const refuse = (path: string): void => {
    if (!`${resolve(path)}${sep}`.startsWith(folder + sep)) return;
    throw Object.assign(new Error(`${code}: injected, '${path}'`), { code });
  };
  const unless =
    <Rest extends unknown[], R>(call: (path: string, ...rest: Rest) => Promise<R>) =>
    async (path: string, ...rest: Rest): Promise<R> => {
      refuse(path);
      return call(path, ...rest);
    };
  const changing: Partial<NodeFs> = {
    mkdir: unless<[{ recursive: boolean }], unknown>(nodeFs.mkdir),
    rm: unless(nodeFs.rm),
    rename: unless(nodeFs.rename),
    open: (path, flags) =>
      flags === 'r' ? nodeFs.open(path, flags) : unless(nodeFs.open)(path, flags),
  };
  const looking: Partial<NodeFs> = {
    stat: unless<[], Stats>(nodeFs.stat),
    readFile: unless<[], Uint8Array>(nodeFs.readFile),
  };
  return { ...nodeFs, ...changing, ...(looks && looking) };
}
