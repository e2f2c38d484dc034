import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  type AlstmError,
  ConfigError,
  FileError,
  FormatError,
  UsageError,
} from '../../src/core/errors.js';
import { readModel, writeModel } from '../../src/inference/model-folder.js';
import { MemoryFiles } from '../support/memory-files.js';
import { type Entries, tarGzOf, tarOf, zipOf } from './archives.js';
import { tinyModel } from './tiny-model.js';

const trained = tinyModel();
const text = (content: string) => new TextEncoder().encode(content);

let config: Uint8Array;
let weights: Uint8Array;

beforeAll(async () => {
  const files = new MemoryFiles();
  await writeModel(files, 'm', trained);
  config = await files.read('m/config.json');
  weights = await files.read('m/model.safetensors');
});

/** The two files of the model below a folder, and a README. */
const entries = (folder = ''): Entries => [
  [`${folder}README.md`, text('# A model')],
  [`${folder}config.json`, config],
  [`${folder}model.safetensors`, weights],
];

function read(name: string, archive: Uint8Array): ReturnType<typeof readModel> {
  return readModel(new MemoryFiles({ [name]: archive }), name);
}

async function refusal(name: string, archive: Uint8Array): Promise<AlstmError> {
  const error: unknown = await read(name, archive).then(
    () => new Error('accepted'),
    (thrown: unknown) => thrown,
  );
  expect((error as AlstmError).message).not.toContain('\n');
  return error as AlstmError;
}

describe('a model in an archive', () => {
  it.each([
    ['m.zip', () => zipOf(entries())],
    ['stored.ZIP', () => zipOf(entries('m/'), { stored: true })],
    ['m.tar', () => tarOf(entries('./'))],
    ['m.tar.gz', () => tarGzOf(entries('some/where/'))],
    ['m.tgz', () => tarGzOf(entries())],
  ])('is read from %s', async (name, archive) => {
    expect(await read(name, archive())).toEqual(trained);
  });

  it('is the best one of a run folder', async () => {
    const run: Entries = [['run/config.json', text('{}')], ...entries('run/model/')];
    expect(await read('run.zip', zipOf(run))).toEqual(trained);
  });

  it('is no archive where a folder only is called so', async () => {
    const files = new MemoryFiles();
    await writeModel(files, 'odd.zip', trained);
    expect(await readModel(files, 'odd.zip')).toEqual(trained);
  });

  it('that is not there or not one model is told of', async () => {
    await expect(readModel(new MemoryFiles(), 'm.zip')).rejects.toThrow(FileError);
    const none = await refusal('m.zip', zipOf(entries().slice(0, 2)));
    expect(none).toBeInstanceOf(ConfigError);
    expect(none.message).toBe('m.zip: there is no model in it');
    const two = await refusal('m.tar', tarOf([...entries('a/'), ...entries('b/')]));
    expect(two.message).toBe('m.tar: there are several models in it, in a and in b');
    const twice = await refusal('m.zip', zipOf([...entries('a/'), ...entries('a/./')]));
    expect(twice.message).toContain('a/README.md stands in it twice');
  });

  it.each(['../x', 'm/../../x', '/etc/x', 'C:\\x', '..\\x'])('is refused with %s', async (name) => {
    for (const pack of [zipOf, tarOf] as const) {
      const end = pack === zipOf ? 'm.zip' : 'm.tar';
      const error = await refusal(end, pack([...entries(), [name, text('x')]]));
      expect(error).toBeInstanceOf(FormatError);
      expect(error.message).toContain(`${JSON.stringify(name)} leads out of it`);
    }
  });

  it('names its file within the archive in errors of content', async () => {
    const broken: Entries = [
      ...entries().slice(0, 1),
      ['config.json', text('{')],
      ...entries().slice(2),
    ];
    expect((await refusal('m.zip', zipOf(broken))).message).toContain(
      'm.zip: config.json: not valid',
    );
  });

  it('may be no larger than its configuration justifies', async () => {
    const zeros = new Uint8Array(2 ** 23);
    const bomb: Entries = [...entries().slice(0, 2), ['model.safetensors', zeros]];
    for (const [name, archive] of [
      ['m.zip', zipOf(bomb)],
      ['m.tar.gz', tarGzOf(bomb)],
    ] as const) {
      expect(archive.length).toBeLessThan(2 ** 15);
      const { message } = await refusal(name, archive);
      expect(message).toMatch(
        /model\.safetensors is 8388608 bytes, a model's would be at most 10\d{5}$/,
      );
    }
    const large: Entries = [['config.json', new Uint8Array(2 ** 24 + 1)], ...entries().slice(2)];
    const { message } = await refusal('m.zip', zipOf(large));
    expect(message).toContain('config.json is 16777217 bytes');
  });

  it('that unpacks to more than it says, or to something else, is refused', async () => {
    const bomb: Entries = [
      ...entries().slice(0, 2),
      ['model.safetensors', new Uint8Array(2 ** 23)],
    ];
    const lies = await refusal('m.zip', zipOf(bomb, { size: weights.length }));
    expect(lies.message).toBe('m.zip: model.safetensors: it is damaged');
    const more = tarGzOf(bomb);
    new DataView(more.buffer).setUint32(more.length - 4, 2 ** 31, true);
    const { message } = await refusal('m.tar.gz', more);
    expect(message).toContain('m.tar.gz: it unpacks to 2147483648 bytes, more than');
    new DataView(more.buffer).setUint32(more.length - 4, 4096, true);
    expect((await refusal('m.tar.gz', more)).message).toContain('damaged');
  });

  it('that is damaged anywhere is refused, or read as it was', async () => {
    for (const [name, archive] of [
      ['m.zip', zipOf(entries())],
      ['m.tar.gz', tarGzOf(entries())],
    ] as const) {
      for (let at = 3; at < archive.length; at += 41) {
        const changed = archive.with(at, (archive[at] ?? 0) ^ 0x10);
        const found = await read(name, changed).catch((error: unknown) => error);
        if (found instanceof Error) expect(['FormatError', 'ConfigError']).toContain(found.name);
        else expect(found).toEqual(trained);
        const cut = await read(name, archive.slice(0, at)).catch((error: unknown) => error);
        expect(cut).toBeInstanceOf(FormatError);
      }
    }
  });

  it('of a kind that is not read is told of', async () => {
    expect((await refusal('m.zip', zipOf(entries(), { flags: 1 }))).message).toContain('encrypted');
    const { message } = await refusal('m.zip', zipOf(entries(), { method: 93 }));
    expect(message).toContain('its compression (93) is not known');
    expect((await refusal('m.zip', tarOf(entries()))).message).toContain('no zip archive');
  });
});

describe('a model by URL', () => {
  let server: Server;
  let base: string;
  const served = new Map<string, Uint8Array>();

  beforeAll(async () => {
    for (const [name, bytes] of entries()) served.set(`/m/${name}`, bytes);
    served.set('/m.zip', zipOf(entries()));
    served.set('/large/config.json', config);
    served.set('/announced/config.json', config);
    served.set('/announced/model.safetensors', new Uint8Array(2 ** 22));
    served.set('/large/model.safetensors', new Uint8Array(2 ** 22));
    server = createServer((request, response) => {
      const path = new URL(request.url ?? '', 'http://here').pathname;
      if (path.startsWith('/failing')) response.writeHead(503).end();
      else if (!served.has(path)) response.writeHead(404).end();
      else if (path.startsWith('/large')) {
        response.write(served.get(path)); // without its length
        response.end();
      } else response.end(served.get(path));
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server.close());

  const files = new MemoryFiles();

  it('is read from a folder and from an archive', async () => {
    for (const url of ['/m', '/m/', '/m?token=1', '/m.zip', '/m.zip?download=true']) {
      expect(await readModel(files, base + url)).toEqual(trained);
    }
    expect(files.log).toEqual([]); // nothing was looked for or kept on disk
  });

  it.each([
    ['/none', 'there is no such file'],
    ['/failing', 'the server answers 503'],
    ['/announced', "it is 4194304 bytes, a model's would be at most 10"],
    ['/large', "it is over 10\\d{5} bytes, a model's would be at most 10"],
  ])('fails in one line for %s', async (path, message) => {
    const error: unknown = await readModel(files, base + path).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(FileError);
    expect((error as Error).message).toMatch(
      new RegExp(`^cannot read ${base}${path}/.*${message}`),
    );
    expect((error as AlstmError).hint).not.toBe('');
  });

  it('fails in one line where nobody answers', async () => {
    const free = createServer();
    await new Promise<void>((done) => free.listen(0, '127.0.0.1', done));
    const { port } = free.address() as AddressInfo;
    await new Promise((done) => free.close(done));
    const error: unknown = await readModel(files, `https://127.0.0.1:${port}/m`).catch(
      (e: unknown) => e,
    );
    expect(error).toBeInstanceOf(FileError);
    expect((error as Error).message).toMatch(/cannot read https:.*config\.json: .*ECONNREFUSED/);
    expect((error as AlstmError).hint).toBe('Check URL and connection, or give a model on disk.');
  });

  it('is not read where others may have changed it', async () => {
    for (const url of ['http://alstm.invalid/m', 'HTTP://alstm.invalid/m.zip', 'https://:0']) {
      await expect(readModel(files, url)).rejects.toThrow(UsageError);
    }
    const led = Object.defineProperty(new Response('{}'), 'url', {
      value: 'http://alstm.invalid/',
    });
    const fetched = vi.spyOn(globalThis, 'fetch').mockResolvedValue(led);
    await expect(readModel(files, 'https://alstm.invalid/m')).rejects.toThrow(
      'http://alstm.invalid/ is not by https',
    );
    fetched.mockRestore();
  });
});
