import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { FileError, WriteError } from '../../src/core/errors.js';
import { readText, type Files } from '../../src/core/files.js';
import { NodeFiles } from '../../src/platform/node/files.js';
import { MemoryFiles } from '../support/memory-files.js';

const temporary: string[] = [];

afterAll(async () => {
  for (const folder of temporary) await rm(folder, { recursive: true });
});

const kinds = {
  NodeFiles: async (): Promise<[Files, string]> => {
    const folder = await mkdtemp(join(tmpdir(), 'alstm-files-'));
    temporary.push(folder);
    return [new NodeFiles(), folder];
  },
  MemoryFiles: (): Promise<[Files, string]> => Promise.resolve([new MemoryFiles(), 'top']),
};

/** The contract of Files, kept by the disk and by the stand-in that other tests use. */
describe.each(Object.entries(kinds))('%s', (_, make) => {
  let files: Files;
  let top: string;

  beforeEach(async () => {
    [files, top] = await make();
    await files.makeFolder(top);
  });

  it('writes bytes and text, makes parents, reads back, replaces', async () => {
    await files.write(`${top}/a/b/c.bin`, new Uint8Array([0, 255, 10]));
    expect(await files.read(`${top}/a/b/c.bin`)).toEqual(new Uint8Array([0, 255, 10]));
    await files.write(`${top}/a/b/c.bin`, 'zażółć\n');
    expect(await readText(files, `${top}/a/b/c.bin`)).toBe('zażółć\n');
    expect(await files.list(`${top}/a/b`)).toEqual(['c.bin']);
    await files.write(`${top}/empty`, '');
    expect((await files.read(`${top}/empty`)).length).toBe(0);
  });

  it('hands out bytes that the caller may change', async () => {
    const bytes = new Uint8Array([1, 2]);
    await files.write(`${top}/x`, bytes);
    bytes[0] = 9;
    const read = await files.read(`${top}/x`);
    expect(read.buffer.byteLength).toBe(2);
    read[1] = 9;
    expect(await files.read(`${top}/x`)).toEqual(new Uint8Array([1, 2]));
  });

  it('appends lines', async () => {
    await files.appendLine(`${top}/run/log.jsonl`, '{"epoch":0}');
    await files.appendLine(`${top}/run/log.jsonl`, '{"epoch":1}');
    expect(await readText(files, `${top}/run/log.jsonl`)).toBe('{"epoch":0}\n{"epoch":1}\n');
  });

  it('knows files, folders and nothing apart', async () => {
    await files.write(`${top}/d/f`, 'x');
    await files.makeFolder(`${top}/e/g`);
    await files.makeFolder(`${top}/e/g`);
    const paths = ['d', 'd/f', 'e', 'e/g', 'none', 'd/f/below'];
    expect(await Promise.all(paths.map((p) => files.exists(`${top}/${p}`)))).toEqual([
      true,
      true,
      true,
      true,
      false,
      false,
    ]);
    expect(await Promise.all(paths.map((p) => files.isFolder(`${top}/${p}`)))).toEqual([
      true,
      false,
      true,
      true,
      false,
      false,
    ]);
  });

  it('lists names by code point, and an absent folder as empty', async () => {
    for (const name of ['b', 'a', 'B', '\u{1f600}', '\uff5e', 'ż', 'sub/inner']) {
      await files.write(`${top}/l/${name}`, '');
    }
    const sorted = ['B', 'a', 'b', 'sub', 'ż', '\uff5e', '\u{1f600}'];
    expect(await files.list(`${top}/l`)).toEqual(sorted);
    expect(await files.list(`${top}/none`)).toEqual([]);
    await expect(files.list(`${top}/l/a`)).rejects.toThrow(FileError);
  });

  it('renames files over files, and folders', async () => {
    await files.write(`${top}/new`, 'new');
    await files.write(`${top}/old`, 'old');
    await files.rename(`${top}/new`, `${top}/old`);
    expect(await readText(files, `${top}/old`)).toBe('new');
    expect(await files.exists(`${top}/new`)).toBe(false);
    await files.write(`${top}/d/e/f`, 'deep');
    await files.rename(`${top}/d`, `${top}/moved`);
    expect(await readText(files, `${top}/moved/e/f`)).toBe('deep');
    expect(await files.list(top)).toEqual(['moved', 'old']);
  });

  it('refuses renames of nothing, into nothing, over what is in use', async () => {
    await files.write(`${top}/f`, 'f');
    await files.write(`${top}/d/inner`, 'i');
    await files.write(`${top}/full/x`, 'x');
    await expect(files.rename(`${top}/none`, `${top}/g`)).rejects.toThrow(FileError);
    await expect(files.rename(`${top}/f`, `${top}/no/g`)).rejects.toThrow(WriteError);
    await expect(files.rename(`${top}/f`, `${top}/d`)).rejects.toThrow(WriteError);
    await expect(files.rename(`${top}/d`, `${top}/full`)).rejects.toThrow(WriteError);
    expect(await files.list(top)).toEqual(['d', 'f', 'full']);
    expect(await readText(files, `${top}/d/inner`)).toBe('i');
  });

  it('removes files, whole folders, and nothing at all', async () => {
    await files.write(`${top}/d/e/f`, 'x');
    await files.write(`${top}/dx`, 'x');
    await files.remove(`${top}/d`);
    expect(await files.list(top)).toEqual(['dx']);
    await files.remove(`${top}/d`);
    await files.remove(`${top}/dx/below`);
    await files.remove(`${top}/dx`);
    expect(await files.list(top)).toEqual([]);
  });

  it('names what cannot be read', async () => {
    await expect(files.read(`${top}/none`)).rejects.toThrow(
      new FileError(`cannot read ${top}/none: there is no such file`, 'Check the path.'),
    );
    await expect(files.read(top)).rejects.toThrow(`cannot read ${top}: it is a folder`);
    await expect(files.read(top)).rejects.toThrow(FileError);
  });

  it('refuses to write over a folder or below a file, and changes nothing', async () => {
    await files.write(`${top}/d/f`, 'kept');
    await expect(files.write(`${top}/d`, 'x')).rejects.toThrow('it is a folder');
    await expect(files.write(`${top}/d`, 'x')).rejects.toThrow(WriteError);
    await expect(files.write(`${top}/d/f/g`, 'x')).rejects.toThrow(WriteError);
    await expect(files.appendLine(`${top}/d`, 'x')).rejects.toThrow(WriteError);
    await expect(files.makeFolder(`${top}/d/f`)).rejects.toThrow(WriteError);
    await expect(files.makeFolder(`${top}/d/f/g`)).rejects.toThrow(WriteError);
    expect(await readText(files, `${top}/d/f`)).toBe('kept');
    expect(await files.list(top)).toEqual(['d']);
    expect(await files.list(`${top}/d`)).toEqual(['f']);
  });
});

describe('MemoryFiles', () => {
  it('fails where told and changes nothing then', async () => {
    const files = new MemoryFiles({ 'run/config.json': '{}' });
    files.failOn((op, path) =>
      op === 'write' && path.endsWith('.json') ? new WriteError('full') : undefined,
    );
    await expect(files.write('run/config.json', 'new')).rejects.toThrow('full');
    await files.write('run/other', 'x');
    expect(await readText(files, 'run/config.json')).toBe('{}');
    expect(files.paths()).toEqual(['run/config.json', 'run/other']);
    expect(files.log).toEqual(['write run/config.json', 'write run/other', 'read run/config.json']);
  });
});
