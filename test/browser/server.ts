import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '.wav': 'audio/wav',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json',
};

export interface Served {
  /** Folders on disk by URL prefix, for example `{ '/': 'dist/web' }`; the longest that fits counts. */
  readonly folders?: Readonly<Record<string, string>> | undefined;
  /** Single files by URL path. */
  readonly files?: Readonly<Record<string, string | Uint8Array>> | undefined;
  /** Paths that are not found. */
  readonly missing?: RegExp | undefined;
  /** Of every answer, for example a security policy. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

export interface Server {
  /** `http://127.0.0.1:PORT`, which browsers take for a secure context. */
  readonly origin: string;
  close(): Promise<void>;
}

/** Serves files on a free port of this machine alone; `/` and folders give their index.html. */
export async function startServer({
  folders = {},
  files = {},
  missing,
  headers = {},
}: Served): Promise<Server> {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
    const name = path.endsWith('/') ? `${path}index.html` : path;
    const found = missing?.test(name) ? Promise.resolve(undefined) : find(name, folders, files);
    void found.then((bytes) => {
      response.statusCode = bytes === undefined ? 404 : 200;
      response.setHeader('content-type', types[extname(name)] ?? 'application/octet-stream');
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
      response.end(request.method === 'HEAD' ? undefined : bytes);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function find(
  path: string,
  folders: Readonly<Record<string, string>>,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<Uint8Array | string | undefined> {
  const own = files[path];
  if (own !== undefined) return own;
  const prefix = Object.keys(folders)
    .filter((start) => path.startsWith(start))
    .sort((a, b) => b.length - a.length)[0];
  if (prefix === undefined) return undefined;
  const below = normalize(`/${path.slice(prefix.length)}`);
  return readFile(join(folders[prefix] ?? '', below)).catch(() => undefined);
}
