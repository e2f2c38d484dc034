import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sirv from 'sirv';
import { FileError } from '../../core/errors.js';
import { codeOf, problemOf } from '../../platform/node/errors.js';
import { VOICES_FOLDER } from '../../platform/node/voices.js';

/** ALST on the keys of a telephone: always the same, because a browser keeps what the page saves by address. */
const PORT = 2578;

export interface ServedPage {
  readonly address: string;
  close(): Promise<void>;
}

/**
 * The folder of the built page, beside this program.
 *
 * @throws FileError if it was not built
 */
export function pageFolder(folder = fileURLToPath(new URL('../../web', import.meta.url))): string {
  if (existsSync(join(folder, 'voices', 'index.json'))) return folder;
  throw new FileError('the page is not in this build of alstm', 'In a clone: npm run build.');
}

/**
 * Serves the page to this machine alone. The models that it fetches are those of the package.
 *
 * @param port default: always the same, or a free one if that is taken
 * @throws FileError if the port is taken
 */
export async function servePage(folder: string, port?: number): Promise<ServedPage> {
  const page = sirv(folder);
  const models = sirv(VOICES_FOLDER);
  const server = createServer((request, response) => {
    page(request, response, () => {
      const below = /^\/voices(\/.*)$/.exec(request.url ?? '')?.[1];
      const none = (): void => void response.writeHead(404).end();
      if (below === undefined) return none();
      request.url = below;
      models(request, response, none);
    });
  });
  const own = await listen(server, port);
  return {
    address: `http://127.0.0.1:${own}/`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function listen(server: Server, port: number | undefined): Promise<number> {
  for (const tried of port === undefined ? [PORT, 0] : [port]) {
    try {
      server.listen(tried, '127.0.0.1');
      await once(server, 'listening');
      return (server.address() as AddressInfo).port;
    } catch (error) {
      if (codeOf(error) === 'EADDRINUSE' && port === undefined) continue;
      const problem = codeOf(error) === 'EADDRINUSE' ? 'it is taken' : problemOf(error);
      throw new FileError(`cannot serve on port ${tried}: ${problem}`, 'Give another --port.');
    }
  }
  throw new Error('no port is free');
}
