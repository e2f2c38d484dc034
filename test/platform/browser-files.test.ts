import { describe, expect, it, vi, afterEach } from 'vitest';
import { FileError, UsageError, WriteError } from '../../src/core/errors.js';
import { readText } from '../../src/core/files.js';
import { readJson } from '../../src/core/json-file.js';
import { BlobFiles } from '../../src/platform/browser/blob-files.js';
import { OpfsFiles } from '../../src/platform/browser/opfs-files.js';
import { OverlayFiles } from '../../src/platform/browser/overlay.js';
import { UrlFiles } from '../../src/platform/browser/url-files.js';
import { MemoryFiles } from '../support/memory-files.js';

afterEach(() => vi.unstubAllGlobals());

describe('OverlayFiles', () => {
  it('gives each path to what is mounted there, the deepest mount first', async () => {
    const [outer, inner, rest] = [new MemoryFiles(), new MemoryFiles(), new MemoryFiles()];
    const all = new OverlayFiles({ '/a': outer, '/a/in': inner, '/': rest });
    await all.write('/a/x', '1');
    await all.write('a/in/x', '2');
    await all.write('/ax', '3');
    expect(await readText(outer, 'x')).toBe('1');
    expect(await readText(inner, 'x')).toBe('2');
    expect(await readText(rest, 'ax')).toBe('3');
    expect(await all.list('/')).toEqual(['a', 'ax']);
    expect(await all.list('/a')).toEqual(['in', 'x']);
    expect(await all.isFolder('/a/in')).toBe(true);
    await all.rename('/a/x', '/a/y');
    expect(await outer.exists('y')).toBe(true);
    await all.remove('/a/y');
    expect(await all.exists('/a/y')).toBe(false);
  });

  it('refuses what is nowhere, and to rename from one storage to another', async () => {
    const all = new OverlayFiles({ '/a': new MemoryFiles(), '/b': new MemoryFiles() });
    await all.write('/a/x', '1');
    await expect(all.rename('/a/x', '/b/x')).rejects.toThrow(UsageError);
    expect(await all.exists('/a/x')).toBe(true);
    await expect(all.write('/c/x', '')).rejects.toThrow(FileError);
    expect(await all.exists('/c')).toBe(false);
    expect(await all.list('/c')).toEqual([]);
    all.unmount('/b');
    expect(await all.list('/')).toEqual(['a']);
  });

  it('is a folder on the way to a mount', async () => {
    const all = new OverlayFiles({ '/far/away': new MemoryFiles() });
    expect(await all.isFolder('/far')).toBe(true);
    expect(await all.list('/far')).toEqual(['away']);
  });
});

describe('a chosen file that is far too large', () => {
  const read = vi.fn(() => Promise.reject(new Error('it was read')));
  const chosen = new BlobFiles([['config.json', { size: 5e8, arrayBuffer: read }]]);

  it('is refused by its size, before it is read', async () => {
    for (const files of [chosen, new OverlayFiles({ '/': chosen })]) {
      await expect(readJson(files, 'config.json')).rejects.toThrow(
        'cannot read config.json: it has 500000000 bytes, more than 4194304',
      );
    }
    expect(read).not.toHaveBeenCalled();
  });

  it('has the size of its contents where it does not say it', async () => {
    const contents = () => Promise.resolve(new ArrayBuffer(3));
    const files = new BlobFiles([['a', { arrayBuffer: contents }]]);
    expect(await files.size('a')).toBe(3);
    await expect(files.size('b')).rejects.toThrow(FileError);
  });
});

/** A dropped file, or a folder that hands out its entries one at a time as browsers may. */
function entryOf(path: string, content: string | object[]) {
  const isFile = typeof content === 'string';
  const left = isFile ? [] : [...content];
  return {
    isFile,
    fullPath: path,
    file: (done: (file: Blob) => void) => done(new Blob([content as string])),
    createReader: () => ({
      readEntries: (done: (entries: object[]) => void) => done(left.splice(0, 1)),
    }),
  };
}

describe('BlobFiles', () => {
  it('takes dropped folders with all that is in them', async () => {
    const folder = entryOf('/calls', [
      entryOf('/calls/one.wav', '1'),
      entryOf('/calls/deep', [entryOf('/calls/deep/two.wav', '2')]),
      entryOf('/calls/three.wav', '3'),
    ]);
    const items = [folder, null].map((entry) => ({ webkitGetAsEntry: () => entry }));
    const files = await BlobFiles.ofDrop(items);
    expect(files.paths).toEqual(['calls/one.wav', 'calls/deep/two.wav', 'calls/three.wav']);
    expect(await files.list('calls')).toEqual(['deep', 'one.wav', 'three.wav']);
    expect(await readText(files, '/calls/deep/two.wav')).toBe('2');
    expect(await files.isFolder('calls/deep')).toBe(true);
    expect(await files.isFolder('calls/one.wav')).toBe(false);
    expect(await files.exists('calls/four.wav')).toBe(false);
  });

  it('cannot be changed', async () => {
    const files = new BlobFiles([['x', new Blob(['1'])]]);
    const operations = [
      files.write('x'),
      files.appendLine('x'),
      files.makeFolder('y'),
      files.rename('x'),
      files.remove('x'),
    ];
    for (const operation of operations) await expect(operation).rejects.toThrow(WriteError);
    await expect(files.read('y')).rejects.toThrow('cannot read y: there is no such file');
  });

  it('says that a file is gone', async () => {
    const gone = { arrayBuffer: () => Promise.reject(new Error('not found')) } as unknown as Blob;
    await expect(new BlobFiles([['x', gone]]).read('x')).rejects.toThrow(
      'cannot read x: not found',
    );
  });
});

describe('UrlFiles', () => {
  const asked: string[] = [];
  const answer = (status: number) =>
    vi.stubGlobal('fetch', (url: URL, { method = 'GET' }: RequestInit) => {
      asked.push(`${method} ${url.href}`);
      return Promise.resolve(new Response(status === 200 ? 'text' : null, { status }));
    });

  it('asks the server for paths below its base', async () => {
    answer(200);
    const files = new UrlFiles('https://example.org/models/first');
    expect(await readText(files, 'a b/config#1.json')).toBe('text');
    expect(await files.exists('x/../y')).toBe(true);
    expect(asked).toEqual([
      'GET https://example.org/models/first/a%20b/config%231.json',
      'HEAD https://example.org/models/first/y',
    ]);
  });

  it('tells what is missing from what went wrong', async () => {
    const files = new UrlFiles('https://example.org/m/');
    answer(404);
    expect(await files.exists('x')).toBe(false);
    await expect(files.read('x')).rejects.toThrow('there is no such file');
    answer(503);
    await expect(files.exists('x')).rejects.toThrow('the server responded with status 503');
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('offline')));
    await expect(files.read('x')).rejects.toThrow('cannot read https://example.org/m/x: offline');
  });

  it('takes a page for an answer only where a page was asked for', async () => {
    const files = new UrlFiles('https://example.org/m/');
    const headers = { 'content-type': 'text/html; charset=utf-8' };
    vi.stubGlobal('fetch', () => Promise.resolve(new Response('<html>', { headers })));
    expect(await files.exists('config.json')).toBe(false);
    await expect(files.read('config.json')).rejects.toThrow('there is no such file');
    expect(await readText(files, 'report.html')).toBe('<html>');
  });

  it('lists the paths it was given, and nothing else', async () => {
    const files = new UrlFiles('https://example.org/', { paths: ['a/x', 'a/y', 'b'] });
    expect(await files.list('')).toEqual(['a', 'b']);
    expect(await files.isFolder('a')).toBe(true);
    expect(await files.exists('a/z')).toBe(false);
    await expect(new UrlFiles('https://example.org/').list('a')).rejects.toThrow(FileError);
  });
});

it('says that a page has no storage of its own', async () => {
  const files = new OpfsFiles({} as StorageManager);
  await expect(files.read('x')).rejects.toThrow('this page has no storage of its own');
  await expect(files.write('x', '')).rejects.toThrow('this page has no storage of its own');
});
