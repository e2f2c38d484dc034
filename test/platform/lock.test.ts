import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileError } from '../../src/core/errors.js';
import { NodeFiles } from '../../src/platform/node/files.js';

const files = new NodeFiles();
let folder: string;
let lock: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'alstm-lock-'));
  lock = join(folder, 'run', '.lock');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('a lock', () => {
  it('is had by one, and by the next when it is given back', async () => {
    const release = await files.lock(lock);
    await expect(files.lock(lock)).rejects.toThrow(FileError);
    await expect(files.lock(lock)).rejects.toThrow(`is in use by process ${process.pid} on`);
    await release();
    await (
      await files.lock(lock)
    )();
    expect(await files.list(join(folder, 'run'))).toEqual([]);
  });

  it('is had by one of many that ask at once', async () => {
    const asked = await Promise.allSettled(Array.from({ length: 20 }, () => files.lock(lock)));
    expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('of a process that lives is kept; of one that was killed it is taken over', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    try {
      await files.makeFolder(join(folder, 'run'));
      const stat = await readFile(`/proc/${child.pid}/stat`, 'utf8').catch(() => undefined);
      const began = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
      await writeFile(lock, JSON.stringify({ pid: child.pid, host: hostname(), began }));
      await expect(files.lock(lock)).rejects.toThrow(`process ${child.pid}`);
    } finally {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await (
      await files.lock(lock)
    )();
  });

  it.runIf(process.platform === 'linux')(
    'of a process whose number another has by now is taken over',
    async () => {
      await files.makeFolder(join(folder, 'run'));
      await writeFile(lock, JSON.stringify({ pid: process.pid, host: hostname(), began: '1' }));
      await (
        await files.lock(lock)
      )();
    },
  );

  it.each([
    ['of another machine', JSON.stringify({ pid: 1, host: 'elsewhere', began: '1' }), 'elsewhere'],
    ['that cannot be read', '{"pid":', 'another process'],
    ['of another form', '[]', 'another process'],
  ])('%s is left alone', async (_, content, holder) => {
    await files.makeFolder(join(folder, 'run'));
    await writeFile(lock, content);
    await expect(files.lock(lock)).rejects.toThrow(holder);
    expect(await readFile(lock, 'utf8')).toBe(content);
  });
});
