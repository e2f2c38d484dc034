import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A process of this machine; Linux tells of them all. */
export interface Process {
  readonly id: number;
  readonly parent: number;
  readonly args: readonly string[];
}

const read = (id: number, name: string): Promise<string> =>
  readFile(join('/proc', String(id), name), 'utf8').catch(() => ''); // ended

export async function allProcesses(): Promise<Process[]> {
  const ids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  return Promise.all(
    ids.map(Number).map(async (id) => {
      // Behind the name, which may hold anything: state, then the parent.
      const [, parent] = (await read(id, 'stat')).split(') ').at(-1)?.split(' ') ?? [];
      return { id, parent: Number(parent), args: (await read(id, 'cmdline')).split('\0') };
    }),
  );
}

/** Megabytes of memory of a process and all that it has started, pages that they share counted once; 0 if unknown. */
export async function memoryOf(root: number): Promise<number> {
  const all = await allProcesses();
  const family = new Set([root]);
  for (let size = 0; size < family.size;) {
    size = family.size;
    for (const { id, parent } of all) if (family.has(parent)) family.add(id);
  }
  const shares = [...family].map(async (id) => {
    const [, kilobytes] = /^Pss:\s+(\d+) kB/m.exec(await read(id, 'smaps_rollup')) ?? [];
    return Number(kilobytes ?? 0);
  });
  return Math.round((await Promise.all(shares)).reduce((sum, own) => sum + own, 0) / 1024);
}
