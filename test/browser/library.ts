import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildBrowser } from '../../tools/build-browser.mjs';
import { startChromium, type Chromium } from './chromium.js';
import { libraryPage } from './library-page.js';
import type { Served } from './server.js';

/** Chromium with a page at `/` that holds the library of src/ as it is, in the global `alstm`. */
export async function startWithLibrary({ folders, files }: Served = {}): Promise<Chromium> {
  const folder = await mkdtemp(join(tmpdir(), 'alstm-browser-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    await buildBrowser(folder, { whole: true });
    const chromium = await startChromium({
      folders: { '/alstm/': folder, ...folders },
      files: { '/index.html': libraryPage, ...files },
    });
    return {
      ...chromium,
      async close() {
        await chromium.close();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
