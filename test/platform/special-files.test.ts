/** What lies about in folders beside files: pipes, sockets, devices, links in circles. Nothing waits for them. */
import { execFileSync } from 'node:child_process';
import * as nodeFs from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { encodeWav } from '../../src/audio/wav.js';
import { FileError, WriteError } from '../../src/core/errors.js';
import { walkFolder } from '../../src/core/walk.js';
import { readCorpus } from '../../src/corpora/registry.js';
import { NodeFiles, type NodeFs } from '../../src/platform/node/files.js';
import { takeLock } from '../../src/platform/node/lock.js';
import { alstmHere, jsonLines } from '../cli/run-cli.js';
import { scratchFolder } from '../cli/scratch.js';
import { temporaryFolder } from '../support/process.js';

const files = new NodeFiles();
const at = scratchFolder();

describe.skipIf(process.platform === 'win32')('beside files', () => {
  beforeAll(async () => {
    const wav = encodeWav(
      Float32Array.from({ length: 2000 }, (_, i) => Math.sin(i / 9)),
      16_000,
    );
    await files.write(at('top', 'c', 'wav', '03a01Fa.wav'), wav);
    await files.write(at('top', 'c', 'wav', 'more', '08a01Wa.wav'), wav);
    await files.write(at('top', 'outside', '09a01Wa.wav'), wav);
    await files.write(at('top', 'elsewhere', '10a01Wa.wav'), wav);
    const wavs = (name: string) => at('top', 'c', 'wav', name);
    execFileSync('mkfifo', [wavs('11a01Wa.wav'), wavs('control')]);
    await nodeFs.symlink('/dev/zero', wavs('12a01Wa.wav'));
    await nodeFs.symlink('nowhere', wavs('13a01Wa.wav'));
    await nodeFs.symlink('14a01Wa.wav', wavs('14a01Wa.wav')); // to itself
    await nodeFs.symlink('..', wavs('up')); // to the corpus that is read
    await nodeFs.symlink('../..', wavs('up-2')); // to what the corpus lies in
    await nodeFs.symlink('more', wavs('again')); // sorted before the folder itself
    await nodeFs.symlink('../../outside', wavs('out'));
    await nodeFs.symlink('../c/wav', at('top', 'outside', 'back'));
  });

  const c = (...parts: string[]) => join(at('top', 'c'), ...parts);

  test('each folder is walked once, and anything that is not a file is reported', async () => {
    const { files: found, passed } = await walkFolder(files, c());
    expect(found.map(({ parts }) => parts.join('/'))).toEqual([
      'wav/03a01Fa.wav',
      'wav/more/08a01Wa.wav',
      'wav/out/09a01Wa.wav',
    ]);
    expect(Object.fromEntries(passed.map(({ path, reason }) => [path, reason]))).toEqual({
      [c('wav/11a01Wa.wav')]: 'a named pipe, not a regular file',
      [c('wav/control')]: 'a named pipe, not a regular file',
      [c('wav/12a01Wa.wav')]: 'a device, not a regular file',
      [c('wav/13a01Wa.wav')]: 'a broken link',
      [c('wav/14a01Wa.wav')]: 'its links form a loop',
      [c('wav/again')]: `a link to ${c('wav/more')}, which is walked there`,
      [c('wav/up')]: `a link to ${c()}, which is walked there`,
      [c('wav/up-2')]: `a link to ${await nodeFs.realpath(at('top'))}, which is above`,
      [c('wav/out/back')]: `a link to ${c('wav')}, which is walked there`,
    });
  });

  test('a corpus skips them, and notes the links', async () => {
    const corpus = await readCorpus('emodb', files, c());
    const names = corpus.utterances.map(({ path }) => path.slice(c().length + 1));
    expect(names).toEqual(['wav/03a01Fa.wav', 'wav/more/08a01Wa.wav', 'wav/out/09a01Wa.wav']);
    expect(corpus.skipped).toHaveLength(5);
    expect(corpus.notes).toHaveLength(4);
  });

  test('features takes what there is, and fails for what is only named as a recording', async () => {
    const args = ['features', c(), '--out', at('features'), '--cache', at('cache'), '--json'];
    const ended = await alstmHere(args);
    expect(ended.status).toBe(1);
    const lines = jsonLines(ended) as { path: string; error?: string }[];
    expect(lines.filter(({ error }) => error === undefined)).toHaveLength(3);
    const pipe = lines.find(({ path }) => path === c('wav/11a01Wa.wav'));
    expect(pipe?.error).toContain('it is a named pipe, not a regular file');
    expect(ended.stderr).toContain(`warning: skipped: ${c('wav/control')}: a named pipe`);
    expect(ended.stderr).toContain(`warning: skipped: ${c('wav/up')}: a link to ${c()}`);
  });

  test('named themselves they are refused, whatever they should be', async () => {
    const pipe = c('wav/control');
    const out = at('none');
    for (const args of [
      ['corpus', 'manifest', pipe],
      ['features', pipe, '--out', out],
      ['graph', '--config', pipe],
      ['graph', '--plan', pipe],
      ['verify', pipe],
      ['experiment', '--protocol', pipe, '--data', c(), '--out', out],
    ]) {
      const ended = await alstmHere(args);
      expect({ args, status: ended.status }).toEqual({ args, status: 1 });
      expect(ended.stderr).toContain(`cannot read ${pipe}: it is a named pipe, not a regular file`);
    }
    await expect(files.read('/dev/zero')).rejects.toThrow('it is a device, not a regular file');
    await expect(files.write(pipe, '')).rejects.toThrow(WriteError);
    await expect(files.appendLine(pipe, '')).rejects.toThrow(WriteError);
    await expect(takeLock(pipe)).rejects.toThrow(WriteError);
    const loop = files.isFolder(c('wav/14a01Wa.wav'));
    await expect(loop).rejects.toThrow('its links form a loop');
  });

  test('a socket', async () => {
    const folder = await temporaryFolder();
    const server = createServer().listen(join(folder, 's.wav'));
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    await expect(files.read(join(folder, 's.wav'))).rejects.toThrow('it is a socket');
    const { passed } = await walkFolder(files, folder);
    expect(passed[0]?.reason).toBe('a socket, not a regular file');
  });

  test('a folder that may not be looked into', async () => {
    const denied = Object.assign(new Error('EACCES'), { code: 'EACCES' });
    const refuse = (path: string) => path.endsWith('more') && Promise.reject(denied);
    const fs = {
      ...nodeFs,
      readdir: (path: string, options: { withFileTypes: true }) =>
        refuse(path) || nodeFs.readdir(path, options),
    } as unknown as NodeFs;
    const { files: found, passed } = await walkFolder(new NodeFiles(fs), c());
    expect(found).toHaveLength(2);
    expect(passed).toContainEqual({
      path: c('wav/more'),
      reason: `cannot list ${c('wav/more')}: permission denied`,
      kind: 'folder',
    });
    await expect(walkFolder(new NodeFiles(fs), c('wav/more'))).rejects.toThrow(FileError);
  });

  test('a place without folders of ours', async () => {
    if (process.platform !== 'linux') return;
    const attempt = files.makeFolder('/proc/alstm/x');
    await expect(attempt).rejects.toThrow('/proc/alstm/x: folders cannot be created there');
    await expect(files.write('/proc/alstm/x', '')).rejects.toThrow(WriteError);
    const args = ['features', c('wav/03a01Fa.wav'), '--out', at('some')];
    const ended = await alstmHere([...args, '--cache', '/proc/alstm/x']);
    expect(ended.status).toBe(0);
    expect(ended.stderr).toBe(
      'warning: cannot write /proc/alstm/x/features: folders cannot be created there; the features are not stored\n',
    );
    const none = await alstmHere(['features', c('wav/03a01Fa.wav'), '--out', '/proc/alstm']);
    expect(none.status).toBe(1);
  });
});
