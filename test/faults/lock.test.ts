/** Locks that killed processes have left. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { expect, it } from 'vitest';
import { Random } from '../../src/core/random.js';
import { NodeFiles } from '../../src/platform/node/files.js';
import { lockRun, refuseUsedFolder } from '../../src/runs/folder.js';
import { scratchFolder } from '../cli/scratch.js';
import { faultSeed } from '../support/results.js';

const at = scratchFolder();
const files = new NodeFiles();
/** No process has this number: Linux gives none above 2^22. */
const NOBODY = 2 ** 30;

function leaveLock(run: string, pid: number, began = '1'): string {
  mkdirSync(at(run));
  writeFileSync(at(run, '.lock'), JSON.stringify({ pid, host: hostname(), began }));
  return at(run, '.lock');
}

it('one that is left is taken over by one of many that ask', async () => {
  const random = new Random(faultSeed, 'lock');
  for (let round = 0; round < 50; round++) {
    const lock = leaveLock(`run-${round}`, NOBODY);
    const ask = async (): Promise<() => Promise<void>> => {
      // not in step, so that one looks while another takes
      for (let turns = random.integer(12); turns > 0; turns--) await stat('.');
      return files.lock(lock);
    };
    const asked = await Promise.allSettled(Array.from({ length: 12 }, ask));
    const given = asked.filter((answer) => answer.status === 'fulfilled');
    expect(given, `round ${round}`).toHaveLength(1);
    await given[0]?.value();
    expect(readdirSync(at(`run-${round}`))).toEqual([]);
  }
});

it.runIf(process.platform === 'linux')(
  'one of a process that has ended, but that nobody has asked for, is taken over',
  async () => {
    // its parent becomes another program, which does not know of it
    const parent = spawn('sh', ['-c', 'sleep 0.3 & echo $!; exec sleep 30'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const [told] = (await once(parent.stdout, 'data')) as [Buffer];
      const pid = Number(told.toString());
      const { began, state } = await whenEnded(pid);
      expect(state).toBe('Z');
      await (
        await files.lock(leaveLock('ended', pid, began))
      )();
    } finally {
      parent.kill('SIGKILL');
    }
  },
);

it('what was not finished is no run, and goes when the folder is taken', async () => {
  const half = '.0c2a6f5e-61a4-4d8b-9d1e-7f0b8a4c9e21.tmp';
  const lock = leaveLock('half', NOBODY);
  writeFileSync(at('half', half), '{"format":');
  await refuseUsedFolder(files, at('half')); // it does not
  mkdirSync(at('half', 'checkpoints'));
  const kept = at('half', 'checkpoints', 'step-0000000003.safetensors');
  for (const path of [kept, at('half', 'checkpoints', half)]) writeFileSync(path, '');
  const release = await lockRun(files, at('half'));
  const left = readdirSync(at('half'), { recursive: true, encoding: 'utf8' });
  expect(left.sort()).toEqual(['.lock', 'checkpoints', 'checkpoints/step-0000000003.safetensors']);
  await release?.();
  expect(await files.exists(lock)).toBe(false);
  await expect(refuseUsedFolder(files, at('half'))).rejects.toThrow('is not empty');
});

/** State and start of a process, once it has ended. */
async function whenEnded(pid: number): Promise<{ state: string; began: string }> {
  for (let look = 0; ; look++) {
    const stat = new TextDecoder().decode(await files.read(`/proc/${pid}/stat`));
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state = '', began = ''] = [fields[0], fields[19]];
    if (state === 'Z' || look === 100) return { state, began };
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
