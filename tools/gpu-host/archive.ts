/** All results in one file: what is carried away from a machine that is taken back. */
import { spawnSync } from 'node:child_process';
import { existsSync, renameSync } from 'node:fs';
import { basename, dirname } from 'node:path';

/** Packs a folder into FOLDER.tar.gz next to it. Returns its path, or undefined if nothing here can pack. */
export function packResults(folder: string, python: string): string | undefined {
  const archive = `${folder}.tar.gz`;
  const partial = `${folder}.partial.tar.gz`;
  const [within, name] = [dirname(folder), basename(folder)];
  for (const [command, args] of [
    ['tar', ['-czf', partial, '--exclude=sounds', name]],
    [python, ['-m', 'tarfile', '-c', partial, name]],
  ] as const) {
    const { status } = spawnSync(command, args, { cwd: within, stdio: 'ignore' });
    if (status === 0 && existsSync(partial)) {
      renameSync(partial, archive);
      return archive;
    }
  }
  return undefined;
}
