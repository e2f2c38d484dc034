import * as nodeFs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileError, WriteError } from '../../src/core/errors.js';
import { NodeFiles, type NodeFs } from '../../src/platform/node/files.js';

let folder: string;

beforeEach(async () => {
  folder = await nodeFs.mkdtemp(join(tmpdir(), 'alstm-node-files-'));
});

afterEach(async () => {
  await nodeFs.rm(folder, { recursive: true });
});

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: injected`), { code });
}

/** A file system whose open files fail in one of their methods. */
function failing(method: 'writeFile' | 'sync' | 'close', code: string): NodeFs {
  return {
    ...nodeFs,
    open: async (path, flags) => {
      const file = await nodeFs.open(path, flags);
      const original = file[method].bind(file) as (...args: unknown[]) => Promise<void>;
      const broken = async (...args: unknown[]): Promise<void> => {
        // As a disk that fills up: a part of the bytes has been written.
        if (method === 'writeFile') await nodeFs.appendFile(path, 'half');
        else await original(...args);
        throw systemError(code);
      };
      return Object.assign(file, { [method]: broken });
    },
  };
}

describe('a write that fails', () => {
  it.each([
    ['writeFile', 'ENOSPC', 'the disk is full'],
    ['sync', 'EDQUOT', 'the disk quota is used up'],
    ['close', 'EIO', 'EIO: injected'],
  ] as const)(
    'in %s with %s keeps the old file and leaves no other',
    async (method, code, text) => {
      const path = `${folder}/model.safetensors`;
      await new NodeFiles().write(path, 'old');
      const attempt = new NodeFiles(failing(method, code)).write(path, 'new and longer');
      await expect(attempt).rejects.toThrow(WriteError);
      await expect(attempt).rejects.toThrow(`cannot write ${path}: ${text}`);
      expect(await nodeFs.readFile(path, 'utf8')).toBe('old');
      expect(await nodeFs.readdir(folder)).toEqual(['model.safetensors']);
    },
  );

  it('in the rename leaves no temporary file', async () => {
    const fs: NodeFs = { ...nodeFs, rename: () => Promise.reject(systemError('EACCES')) };
    const attempt = new NodeFiles(fs).write(`${folder}/x`, 'x');
    await expect(attempt).rejects.toThrow(`cannot write ${folder}/x: permission denied`);
    await expect(attempt).rejects.toHaveProperty('hint', expect.stringContaining('you can write'));
    expect(await nodeFs.readdir(folder)).toEqual([]);
  });

  it.each([
    ['EROFS', 'the file system is read-only'],
    ['EACCES', 'permission denied'],
    ['ENOSPC', 'the disk is full'],
  ])('with %s says what is wrong and what to do', async (code, text) => {
    const fs: NodeFs = {
      ...nodeFs,
      open: () => Promise.reject(systemError(code)),
      mkdir: () => Promise.reject(systemError(code)),
    };
    const files = new NodeFiles(fs);
    const attempts = [
      () => files.write(`${folder}/x`, ''),
      () => files.appendLine(`${folder}/x`, ''),
      () => files.makeFolder(`${folder}/x`),
    ];
    for (const attempt of attempts) {
      const error: unknown = await attempt().catch((e: unknown) => e);
      expect(error).toBeInstanceOf(WriteError);
      expect(error).toHaveProperty('message', expect.stringContaining(text));
      expect(error).toHaveProperty('hint', expect.stringMatching(/\./));
    }
  });
});

it('takes back the half of a line that a full disk let through', async () => {
  const path = `${folder}/log.jsonl`;
  await new NodeFiles().appendLine(path, '{"epoch":0}');
  const attempt = new NodeFiles(failing('writeFile', 'ENOSPC')).appendLine(path, '{"epoch":1}');
  await expect(attempt).rejects.toThrow('the disk is full');
  expect(await nodeFs.readFile(path, 'utf8')).toBe('{"epoch":0}\n');
});

it('flushes the file before the rename and the folder after it', async () => {
  const calls: string[] = [];
  const fs: NodeFs = {
    ...nodeFs,
    open: async (path, flags) => {
      const file = await nodeFs.open(path, flags);
      const sync = file.sync.bind(file);
      const what = String(path) === folder ? 'folder' : 'file';
      return Object.assign(file, {
        sync: () => {
          calls.push(`sync ${what}`);
          return sync();
        },
      });
    },
    rename: (from, to) => {
      calls.push('rename');
      return nodeFs.rename(from, to);
    },
  };
  await new NodeFiles(fs).write(`${folder}/x`, 'x');
  expect(calls).toEqual(['sync file', 'rename', 'sync folder']);
});

it('writes through a symbolic link and never over a device', async () => {
  await nodeFs.mkdir(`${folder}/a`);
  await nodeFs.writeFile(`${folder}/a/real`, 'old');
  await nodeFs.symlink('a/real', `${folder}/link`);
  await new NodeFiles().write(`${folder}/link`, 'new');
  expect(await nodeFs.readFile(`${folder}/a/real`, 'utf8')).toBe('new');
  expect((await nodeFs.lstat(`${folder}/link`)).isSymbolicLink()).toBe(true);
  await nodeFs.symlink('/dev/null', `${folder}/device`);
  const attempt = new NodeFiles().write(`${folder}/device`, 'x');
  await expect(attempt).rejects.toThrow(`cannot write ${folder}/device: it is not a regular file`);
});

it('reports what it may not look at as an error, not as absent', async () => {
  const fs: NodeFs = { ...nodeFs, stat: () => Promise.reject(systemError('EACCES')) };
  await expect(new NodeFiles(fs).exists(folder)).rejects.toThrow(FileError);
  await expect(new NodeFiles(fs).isFolder(folder)).rejects.toThrow('permission denied');
});

it('returns the buffer that Node read, or a copy if Node took it from its shared pool', async () => {
  const path = `${folder}/a`;
  await nodeFs.writeFile(path, 'abc');
  const pool = new TextEncoder().encode('xabcx');
  const own = pool.slice(1, 4);
  const read = (bytes: Uint8Array) =>
    new NodeFiles({ ...nodeFs, readFile: () => Promise.resolve(bytes) }).read(path);
  expect((await read(own)).buffer).toBe(own.buffer);
  const copy = await read(pool.subarray(1, 4));
  expect(copy).toEqual(own);
  expect(copy.buffer.byteLength).toBe(3);
});
