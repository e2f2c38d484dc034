import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type AlstmError, FileError, FormatError, UsageError } from '../../src/core/errors.js';
import { readModel } from '../../src/model/folder.js';
import { fetchBytes } from '../../src/model/url.js';
import { MemoryFiles } from '../support/memory-files.js';
import { zipOf } from './archives.js';
import { modelEntries } from './model-entries.js';
import { tinyModel } from './tiny-model.js';

const trained = tinyModel();
const text = (content: string) => new TextEncoder().encode(content);

describe('a model by URL', () => {
  let server: Server;
  let base: string;
  const served = new Map<string, Uint8Array>();

  beforeAll(async () => {
    const { config, entries } = await modelEntries(trained);
    for (const [name, bytes] of entries()) {
      for (const folder of ['m', 'run/model', 'site/model'])
        served.set(`/${folder}/${name}`, bytes);
    }
    const ofRun = text('{"format": "alstm-run-1"}');
    for (const run of ['run', 'begun']) served.set(`/${run}/config.json`, ofRun);
    served.set('/damaged/config.json', text('{'));
    served.set('/m.zip', zipOf(entries()));
    served.set('/large/config.json', config);
    served.set('/announced/config.json', config);
    served.set('/announced/model.safetensors', new Uint8Array(2 ** 22));
    served.set('/large/model.safetensors', new Uint8Array(2 ** 22));
    server = createServer((request, response) => {
      const path = new URL(request.url ?? '', 'http://here').pathname;
      if (path.startsWith('/failing')) response.writeHead(503).end();
      else if (path.startsWith('/led/')) {
        response.writeHead(302, { location: path.slice('/led'.length) }).end();
      } else if (path.startsWith('/round')) response.writeHead(302, { location: path }).end();
      else if (path.startsWith('/broken')) {
        response.writeHead(200, { 'content-length': 9 }).write('{', () => response.destroy());
      } else if (!served.has(path) && /^\/(site|page)/.test(path)) {
        // as a site does that answers by its own page to whatever it does not have
        response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<html>');
      } else if (!served.has(path)) response.writeHead(404).end();
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

  it('is read from a folder, a run folder and an archive', async () => {
    const archives = ['/m.zip', '/m.zip?download=true'];
    const runs = ['/run', '/run/?token=1', '/site'];
    for (const url of ['/m', '/m/', '/m?token=1', ...runs, ...archives, '/led/m', '/led/run']) {
      expect(await readModel(files, base + url)).toEqual(trained);
    }
    expect(files.log).toEqual([]); // nothing was looked for or kept on disk
  });

  it.each([
    ['/failing', 'the server responded with status 503'],
    ['/round', 'it redirects more than 10 times'],
    ['/broken', 'other side closed'],
    ['/page.zip', 'it is a web page'],
    ['/announced', "it is 4194304 bytes, but a model's has at most 10\\d{5}"],
    ['/large', "it is over 10\\d{5} bytes, but a model's has at most 10\\d{5}"],
  ])('fails in one line for %s', async (path, message) => {
    const error: unknown = await readModel(files, base + path).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(FileError);
    expect((error as Error).message).toMatch(
      new RegExp(`^cannot read ${base}${path}.*${message}$`),
    );
    expect((error as AlstmError).hint).not.toBe('');
  });

  it.each([
    ['/none', 'there is no such file', 'there is no such file'],
    ['/page', 'it is a web page', 'it is a web page'],
    ['/begun', 'it is the configuration of a run', 'there is no such file'],
  ])('that is not there is reported with both places, for %s', async (path, first, second) => {
    const error: unknown = await readModel(files, base + path).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(FileError);
    const [model, run] = [`${base}${path}/config.json`, `${base}${path}/model/config.json`];
    expect((error as Error).message).toBe(`cannot read ${model}: ${first}, nor ${run}: ${second}`);
    expect((error as AlstmError).hint).toContain('of a run folder');
  });

  it('whose configuration is damaged is not looked for elsewhere', async () => {
    const failing = readModel(files, `${base}/damaged`);
    await expect(failing).rejects.toThrow(`${base}/damaged/config.json: not valid JSON`);
    await expect(failing).rejects.toThrow(FormatError);
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
    expect((error as AlstmError).hint).toBe(
      'Check the URL and the connection, or give a model on disk.',
    );
  });

  it('fails in one line where the server speaks no TLS', async () => {
    const failing = readModel(files, `${base.replace('http:', 'https:')}/m`);
    await expect(failing).rejects.toThrow(/^cannot read https:.*config\.json: [^\n]+$/);
    await expect(failing).rejects.toThrow(FileError);
  });

  it.each([
    ['before', () => undefined],
    ['after', (response: ServerResponse) => void response.writeHead(200).write('{')],
  ])('fails in one line where nothing comes %s a beginning', async (_, begin) => {
    const silent = createServer((_request, response) => begin(response));
    await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done));
    const url = new URL(`http://127.0.0.1:${(silent.address() as AddressInfo).port}/m`);
    const failing = fetchBytes(url, 100, { patience: 50 });
    await expect(failing).rejects.toThrow(FileError);
    await expect(failing).rejects.toThrow(`cannot read ${url.href}: no data for 0.05 s`);
    await new Promise((done) => silent.close(done)); // which waits for connections: none is left
  });

  it('may come slowly: patience begins anew with the headers', async () => {
    const slow = createServer((_request, response) => {
      setTimeout(() => response.flushHeaders(), 700);
      setTimeout(() => response.end('{}'), 1400);
    });
    await new Promise<void>((done) => slow.listen(0, '127.0.0.1', done));
    const url = new URL(`http://127.0.0.1:${(slow.address() as AddressInfo).port}/m`);
    expect(await fetchBytes(url, 100, { patience: 1100 })).toEqual(text('{}'));
    await new Promise((done) => slow.close(done));
  });

  it('with a password is refused, and the password not shown', async () => {
    const error: unknown = await readModel(files, 'https://me:secret@alstm.invalid/m').catch(
      (e: unknown) => e,
    );
    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).not.toContain('secret');
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
      'http://alstm.invalid/ does not use https',
    );
    fetched.mockRestore();
  });
});
