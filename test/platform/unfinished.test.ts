/** What a process that was killed was writing goes with the next write in that folder; what others write stays. */
import { spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isUnfinished, unfinishedName } from '../../src/core/files.js';
import { NodeFiles } from '../../src/platform/node/files.js';
import { ownUnfinishedName } from '../../src/platform/node/unfinished.js';
import { temporaryFolder } from '../support/process.js';

/** Hexadecimal digits of a process's id in a name, after those of its place. */
const [PID, PID_END] = [11, 19];

/** The name that a process of this machine would have given which is no more. */
function nameOfDead(): string {
  const { pid } = spawnSync('true');
  const own = ownUnfinishedName();
  return own.slice(0, PID) + pid.toString(16).padStart(8, '0') + own.slice(PID_END);
}

test.skipIf(process.platform === 'win32')('by a write, and by a lock', async () => {
  for (const act of [
    (folder: string) => new NodeFiles().write(join(folder, 'a'), ''),
    async (folder: string) => (await new NodeFiles().lock(join(folder, 'a')))(),
  ]) {
    const folder = await temporaryFolder();
    const alive = ownUnfinishedName();
    const elsewhere = `.${'f'.repeat(10)}${nameOfDead().slice(PID)}`;
    const older = unfinishedName('0c2a6f5e-61a4-4d8b-9d1e-7f0b8a4c9e21'); // it does not say whose it is
    const kept = [alive, elsewhere, older, '.mine.tmp'];
    const dead = nameOfDead();
    expect([dead, alive, elsewhere].every(isUnfinished)).toBe(true);
    for (const name of [...kept, dead]) writeFileSync(join(folder, name), '');
    await act(folder);
    expect(
      readdirSync(folder)
        .filter((name) => name !== 'a')
        .sort(),
    ).toEqual(kept.sort());
  }
});

test('of this process, each name is another', () => {
  const names = new Set(Array.from({ length: 100 }, ownUnfinishedName));
  expect(names.size).toBe(100);
});
