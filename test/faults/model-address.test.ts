import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  createServer as createRawServer,
  type AddressInfo,
  type Server,
  type Socket,
} from 'node:net';
import { gzipSync } from 'node:zlib';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { AlstmError, FileError } from '../../src/core/errors.js';
import { readModel } from '../../src/model/folder.js';
import { fetchBytes, type FetchOptions, redirected } from '../../src/model/url.js';
import { MemoryFiles } from '../support/memory-files.js';
import { modelEntries } from '../model/model-entries.js';
import { tinyModel } from '../model/tiny-model.js';
import { countFrom, keepResults } from '../support/results.js';
import { alstmHere, errorOf, filesIn } from '../cli/run-cli.js';

const trained = tinyModel();
const { config, weights } = await modelEntries(trained);

/** Bytes that a hostile body unpacks to. */
const BOMB = countFrom('ALSTM_FAULT_BOMB_MB', 64) * 2 ** 20;
const MOST = 2 ** 20;

type Answer = (response: ServerResponse, request: IncomingMessage) => void;
const seen: Record<string, unknown>[] = [];

/** Writes pieces one by one until the other side is gone. */
function dripping(response: ServerResponse, piece: Uint8Array | string, every: number): void {
  const timer = setInterval(() => response.write(piece), every);
  response.on('close', () => clearInterval(timer));
}

const bomb = gzipSync(Buffer.alloc(BOMB));
const redirect =
  (location: string, status = 302): Answer =>
  (response) =>
    void response.writeHead(status, { location }).end();
const status =
  (code: number): Answer =>
  (response) =>
    void response.writeHead(code).end(code === 204 || code === 304 ? undefined : 'part');

/** By path: what a server answers. */
const answers: Record<string, Answer> = {
  '/m/config.json': (response) => void response.end(config),
  '/m/model.safetensors': (response) => void response.end(weights),
  '/to-ftp': redirect('ftp://127.0.0.1/m'),
  '/to-file': redirect('file:///etc/passwd'),
  '/to-data': redirect('data:application/json,{}'),
  '/to-http': redirect('http://alstm.invalid/m'),
  '/to-nothing': (response) => void response.writeHead(302).end(),
  '/to-nonsense': redirect('https://[::1'),
  '/to-password': redirect('https://me:secret@alstm.invalid/'),
  '/to-itself': redirect('/to-itself'),
  '/to-more': (response, request) => redirect(`${request.url}x`)(response, request),
  '/bomb': (response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);
  },
  '/endless': (response) => dripping(response, Buffer.alloc(2 ** 16), 1),
  '/drip': (response) => dripping(response, 'x', 20),
  '/silent-body': (response) => void response.writeHead(200).write('{'),
  '/silent': () => undefined,
  '/longer': (response) => {
    response.writeHead(200, { 'content-length': 50 }).write('{}', () => response.destroy());
  },
  '/cut-chunk': (response) => void response.write('{}', () => response.destroy()),
  '/cut-gzip': (response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' });
    response.write(gzipSync(config).subarray(0, 40), () => response.destroy());
  },
  '/not-gzip': (response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' }).end('{}');
  },
  '/announced': (response) =>
    void response.writeHead(200, { 'content-length': 2 ** 40 }).write('x'),
  '/headers': (response) => {
    const many = Object.fromEntries(
      Array.from({ length: 1000 }, (_, i) => [`x-${i}`, 'x'.repeat(10_000)]),
    );
    response.writeHead(200, many).end('{}');
  },
  '/204': status(204),
  '/206': status(206),
  '/304': status(304),
  '/416': status(416),
  '/500': status(500),
  '/page': (response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html>');
  },
};

let server: Server;
let base: string;
const sockets = new Set<Socket>();

async function listening(own: Server): Promise<string> {
  own.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((done) => own.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${(own.address() as AddressInfo).port}`;
}

beforeAll(async () => {
  server = createServer((request, response) => {
    const path = new URL(request.url ?? '', 'http://here').pathname;
    const answer = answers[path] ?? answers[path.replace(/x+$/, '')];
    if (answer === undefined) response.writeHead(404).end();
    else answer(response, request);
  });
  base = await listening(server);
});
afterAll(async () => {
  keepResults('model-address', { bombBytes: BOMB, answers: seen });
  for (const socket of sockets) socket.destroy();
  await new Promise((done) => server.close(done));
});

async function refusal(url: string, options?: FetchOptions): Promise<AlstmError> {
  const start = performance.now();
  const before = process.memoryUsage.rss();
  const error: unknown = await fetchBytes(new URL(url), MOST, options).then(
    (bytes) => new Error(`read ${bytes.length} bytes`),
    (thrown: unknown) => thrown,
  );
  const seconds = (performance.now() - start) / 1000;
  const grown = (process.memoryUsage.rss() - before) / 2 ** 20;
  expect(error).toBeInstanceOf(FileError);
  expect((error as Error).message).toMatch(/^cannot read [^\n]{1,300}$/);
  expect((error as AlstmError).hint).not.toBe('');
  expect(grown, 'MB').toBeLessThan(200);
  seen.push({
    answer: new URL(url).pathname,
    line: (error as Error).message.replaceAll(base, 'http://HOST'),
    seconds: Number(seconds.toFixed(2)),
    mb: Math.max(0, Math.round(grown)),
  });
  return error as AlstmError;
}

describe('a model address', () => {
  it.each([
    ['/to-ftp', 'it redirects to ftp:, which is not https'],
    ['/to-file', 'it redirects to file:, which is not https'],
    ['/to-data', 'it redirects to data:, which is not https'],
    ['/to-http', 'it redirects to http://alstm.invalid, which is not https'],
    ['/to-nothing', 'it redirects to no URL'],
    ['/to-nonsense', 'it redirects to no URL'],
    ['/to-password', 'it redirects to https://alstm.invalid with a password'],
    ['/to-itself', 'it redirects more than 10 times'],
    ['/to-more', 'it redirects more than 10 times'],
    ['/bomb', `it is over ${MOST} bytes, but a model's has at most ${MOST}`],
    ['/endless', `it is over ${MOST} bytes, but a model's has at most ${MOST}`],
    ['/announced', `it is ${2 ** 40} bytes, but a model's has at most ${MOST}`],
    ['/longer', 'other side closed'],
    ['/cut-chunk', 'other side closed'],
    ['/cut-gzip', 'other side closed'],
    ['/not-gzip', 'incorrect header check'],
    ['/headers', 'Headers Overflow Error'],
    ['/204', 'the server responded with status 204'],
    ['/206', 'the server responded with status 206'],
    ['/304', 'the server responded with status 304'],
    ['/416', 'the server responded with status 416'],
    ['/500', 'the server responded with status 500'],
    ['/page', 'it is a web page'],
  ])('%s is refused in one line', async (path, line) => {
    const { message } = await refusal(base + path);
    expect(message).toBe(`cannot read ${base}${path}: ${line}`);
  });

  it.each([
    ['/silent', { patience: 100 }, 'no data for 0.1 s'],
    ['/silent-body', { patience: 100 }, 'no data for 0.1 s'],
    ['/drip', { patience: 200 }, 'only \\d+ bytes in 0.2 s'],
    ['/drip', { longest: 300 }, 'it takes longer than 0.3 s'],
  ])('%s is given up with %j', async (path, options, line) => {
    const start = performance.now();
    const { message } = await refusal(base + path, options);
    expect(message).toMatch(new RegExp(`^cannot read ${base}${path}: ${line}$`));
    expect(performance.now() - start).toBeLessThan(5000);
  });

  it('whose server answers anything but HTTP is refused', async () => {
    for (const [greeting, line] of [
      ['SSH-2.0-OpenSSH\r\n', /HTTP/],
      ['HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 5\r\n\r\n{}', /ontent-Length/],
      ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}', /chunk size/],
    ] as const) {
      const raw = createRawServer((socket) =>
        socket
          .on('error', () => {})
          .resume()
          .end(greeting),
      );
      const { message } = await refusal(`${await listening(raw)}/odd`);
      expect(message).toMatch(line);
      await new Promise((done) => raw.close(done));
    }
  });

  it('whose body is longer than it says: the rest is not read', async () => {
    const raw = createRawServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', () =>
        socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}{"more":1}'),
      );
    });
    const url = new URL(`${await listening(raw)}/m`);
    expect(await fetchBytes(url, MOST)).toEqual(new TextEncoder().encode('{}'));
    await new Promise((done) => raw.close(done));
  });
});

describe('where redirects lead', () => {
  const there = (from: string, location: string): string => {
    const found = redirected(new URL(from), location, new URL(from));
    return typeof found === 'string' ? found : found.href;
  };
  const hub = 'https://hub.example.org/a/b';

  it.each([
    ['https://cdn.example.com/x?sig=1', 'https://cdn.example.com/x?sig=1'],
    ['c', 'https://hub.example.org/a/c'],
    ['//other.example.org/c', 'https://other.example.org/c'],
    ['https://8.8.8.8/x', 'https://8.8.8.8/x'],
  ])('from the public network to %s', (location, to) => {
    expect(there(hub, location)).toBe(to);
  });

  it.each([
    ...['https://127.0.0.1/', 'http://127.0.0.1/', 'https://localhost/', 'https://0x7f.1/'],
    ...[
      'https://2130706433/',
      'https://[::1]/',
      'https://[::ffff:10.0.0.1]/',
      'https://[fe80::1]/',
    ],
    ...['https://169.254.169.254/latest', 'https://10.1.2.3/', 'https://172.20.0.1/'],
    ...['https://192.168.0.1/', 'https://100.64.0.1/', 'https://0.0.0.0/', 'https://[fd00::1]/'],
    ...['https://router/', 'https://printer.local/', 'https://db.internal/', 'https://LOCALHOST./'],
  ])('never from there to %s', (location) => {
    expect(there(hub, location)).toMatch(
      /, which is not in the public network as hub\.example\.org is$/,
    );
  });

  it('from the own network to it, and out of it', () => {
    expect(there('https://10.0.0.5/m', 'https://10.0.0.6/m')).toBe('https://10.0.0.6/m');
    expect(there('http://localhost:1/m', 'http://127.0.0.1:2/m')).toBe('http://127.0.0.1:2/m');
    expect(there('https://10.0.0.5/m', 'https://hub.example.org/')).toBe(
      'https://hub.example.org/',
    );
  });

  it('a chain is followed step by step: one unsafe step in it is enough', async () => {
    const asked: string[] = [];
    const chain = ['https://b.example.org/', 'https://127.0.0.1/', 'https://c.example.org/'];
    const fetched = vi.spyOn(globalThis, 'fetch').mockImplementation((url) => {
      asked.push((url as URL).href);
      return Promise.resolve(Response.redirect(chain[asked.length - 1]!));
    });
    try {
      await expect(fetchBytes(new URL(hub), MOST)).rejects.toThrow(
        `cannot read ${hub}: it redirects to https://127.0.0.1, which is not in the public network`,
      );
      expect(asked).toEqual([hub, 'https://b.example.org/']);
    } finally {
      fetched.mockRestore();
    }
  });
});

describe('after a failure', () => {
  it('nothing is left in the cache, and the next try works', async () => {
    const cache = mkdtempSync(join(tmpdir(), 'alstm-address-'));
    try {
      const before = filesIn(cache);
      const paths = ['/to-file', '/bomb', '/204', '/cut-gzip', '/page', '/none'];
      for (const path of paths) {
        const ended = await alstmHere([
          'evaluate',
          base + path,
          '--manifest',
          'none.csv',
          '--cache',
          cache,
        ]);
        expect(ended.status).toBe(1);
        expect(errorOf(ended).message).toContain(`cannot read ${base}${path}`);
      }
      expect(filesIn(cache)).toEqual(before);
      expect(readdirSync(cache)).toEqual([]);
      let calls = 0;
      const whole = answers['/m/config.json']!;
      answers['/m/config.json'] = (response, request) => {
        if (calls++ === 0) response.write('{', () => response.destroy());
        else whole(response, request);
      };
      await expect(readModel(new MemoryFiles(), `${base}/m`)).rejects.toThrow('other side closed');
      expect(await readModel(new MemoryFiles(), `${base}/m`)).toEqual(trained);
    } finally {
      rmSync(cache, { recursive: true });
    }
  });
});
