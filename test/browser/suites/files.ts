import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Page } from 'puppeteer-core';
import type { TestBrowser } from '../browser.js';
import { openLibrary } from '../library.js';
import type { Site } from '../site.js';

declare global {
  var files: InstanceType<typeof alstm.OpfsFiles>;
  var failure: (work: Promise<unknown>) => Promise<string[]>;
}

export function fileTests(browser: () => TestBrowser): void {
  let site: Site;
  let page: Page;

  beforeAll(async () => {
    site = await openLibrary(browser(), { files: { '/model/a b/config.json': '{}' } });
    page = await site.open();
    await page.evaluate(() => {
      const failure = async (work: Promise<unknown>) => {
        try {
          return ['done', JSON.stringify(await work)];
        } catch (error) {
          const { name, message, hint } = error as InstanceType<typeof alstm.FileError>;
          return [name, message, hint];
        }
      };
      Object.assign(globalThis, { files: new alstm.OpfsFiles(), failure });
    });
  });
  afterEach(() => expect(site.problems()).toEqual([]));
  afterAll(() => site.close());

  it('keeps files in the storage of the origin as on disk', async () => {
    const told = await page.evaluate(async () => {
      await files.write('a/b/c.bin', new Uint8Array([0, 255, 10]));
      const first = [...(await files.read('/a/b/c.bin'))];
      await files.write('a/b/c.bin', 'zażółć\n');
      await files.appendLine('a/log.jsonl', '{"epoch":1}');
      await files.appendLine('a/log.jsonl', '{"epoch":2}');
      await files.makeFolder('a/empty/er');
      await files.write('a/x', '1');
      await files.write('a/y', '2');
      await files.rename('a/x', 'a/y');
      await files.rename('a/b', 'moved/b');
      return {
        first,
        text: await alstm.readText(files, './moved/../moved/b/c.bin'),
        log: await alstm.readText(files, 'a/log.jsonl'),
        y: await alstm.readText(files, 'a/y'),
        lists: [await files.list('.'), await files.list('a'), await files.list('nowhere')],
        folders: [
          await files.isFolder('.'),
          await files.isFolder('a'),
          await files.isFolder('a/y'),
        ],
        exists: [await files.exists('a/y'), await files.exists('a/x'), await files.exists('a/y/z')],
      };
    });
    expect(told).toEqual({
      first: [0, 255, 10],
      text: 'zażółć\n',
      log: '{"epoch":1}\n{"epoch":2}\n',
      y: '1',
      lists: [['a', 'moved'], ['empty', 'log.jsonl', 'y'], []],
      folders: [true, true, false],
      exists: [true, false, false],
    });
  });

  it('says what is wrong with a path', async () => {
    const told = await page.evaluate(async () => {
      await files.write('there/file', 'x');
      return {
        missing: await failure(files.read('there/nothing')),
        folder: await failure(files.read('there')),
        over: await failure(files.write('there', 'x')),
        through: await failure(files.write('there/file/below', 'x')),
        renamed: await failure(files.rename('there/nothing', 'x')),
        inside: await failure(files.rename('there', 'there/below')),
        removed: [
          await failure(files.remove('there/nothing')),
          await failure(files.remove('there/file/below')),
          await failure(files.remove('there')),
          await failure(files.exists('there')),
        ],
      };
    });
    const gone = 'there is no such file';
    expect(told.missing.slice(0, 2)).toEqual(['FileError', `cannot read there/nothing: ${gone}`]);
    expect(told.folder.slice(0, 2)).toEqual(['FileError', 'cannot read there: it is a folder']);
    expect(told.over.slice(0, 2)).toEqual(['WriteError', 'cannot write there: it is a folder']);
    expect(told.through.slice(0, 2)).toEqual([
      'WriteError',
      'cannot write there/file/below: there is a file where a folder is needed',
    ]);
    expect(told.renamed[1]).toBe(`cannot rename there/nothing: ${gone}`);
    expect(told.inside[0]).toBe('UsageError');
    expect(told.removed.map(([kind]) => kind)).toEqual(['done', 'done', 'done', 'done']);
    expect(told.removed[3]?.[1]).toBe('false');
  });

  it('writes whole or not at all where the browser gives no more storage', async () => {
    await page.evaluate(() => files.write('kept.bin', new Uint8Array(1000).fill(7)));
    const limit = await browser().limitStorage(page, site.origin);
    const told = await page.evaluate(
      async (tooMuch) => ({
        over: await failure(files.write('kept.bin', new Uint8Array(tooMuch))),
        fresh: await failure(files.write('new/fresh.bin', new Uint8Array(tooMuch))),
        kept: [...(await files.read('kept.bin'))],
        exists: await files.exists('new/fresh.bin'),
        staging: await failure(
          (async () => {
            const root = await navigator.storage.getDirectory();
            const folder = await root.getDirectoryHandle('.alstm-writing');
            const names: string[] = [];
            const keys = (folder as unknown as { keys(): AsyncIterable<string> }).keys();
            for await (const name of keys) names.push(name);
            return names;
          })(),
        ),
      }),
      limit.tooMuch,
    );
    await limit.lift();
    expect(told.over).toEqual([
      'WriteError',
      'cannot write kept.bin: the browser gives this page no more storage',
      'Remove runs that are no longer needed or free space on the disk, then resume the run.',
    ]);
    expect(told.fresh[0]).toBe('WriteError');
    expect(told.kept).toEqual(Array<number>(1000).fill(7));
    expect(told.exists).toBe(false);
    expect(told.staging).toEqual(['done', '[]']);
  });

  it('reads chosen files and those of a server beside its own storage', async () => {
    const told = await page.evaluate(async () => {
      const chosen = new File(['pcm'], 'one.wav');
      Object.defineProperty(chosen, 'webkitRelativePath', { value: 'calls/monday/one.wav' });
      const all = new alstm.OverlayFiles({
        '/opfs': files,
        '/chosen': alstm.BlobFiles.ofInput([chosen, new File(['x'], 'two.wav')]),
        '/model': new alstm.UrlFiles('/model'),
      });
      await all.write('/opfs/deep/x', 'own');
      return {
        texts: [
          await alstm.readText(all, '/opfs/deep/x'),
          await alstm.readText(all, 'chosen/calls/monday/one.wav'),
          await alstm.readText(all, '/model/a b/config.json'),
        ],
        lists: [await all.list('/'), await all.list('/chosen'), await all.list('/chosen/calls')],
        exists: [await all.exists('/model/a b/config.json'), await all.exists('/model/nothing')],
        written: await failure(all.write('/chosen/x', 'y')),
        nowhere: await failure(all.read('/elsewhere/x')),
        missing: await failure(all.read('/model/nothing')),
        listed: await failure(all.list('/model')),
      };
    });
    expect(told.texts).toEqual(['own', 'pcm', '{}']);
    expect(told.lists).toEqual([['chosen', 'model', 'opfs'], ['calls', 'two.wav'], ['monday']]);
    expect(told.exists).toEqual([true, false]);
    expect(told.written.slice(0, 2)).toEqual([
      'WriteError',
      'cannot write x: chosen files are read-only',
    ]);
    expect(told.nowhere.slice(0, 2)).toEqual(['FileError', 'there is no /elsewhere/x']);
    expect(told.missing[1]).toBe(`cannot read ${site.origin}/model/nothing: there is no such file`);
    expect(told.listed[0]).toBe('FileError');
  });
}
