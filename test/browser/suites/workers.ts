import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TestBrowser } from '../browser.js';
import { openSite } from '../site.js';

/** A worker that waits for its own worker, and hears nothing of it meanwhile. */
const outer = `
import { recordingWebWorkers } from './workers.js';
const start = () => new Worker('inner.js');
const workers = recordingWebWorkers({ start, files: {}, workers: 2 });
workers.seconds('a.wav').then((seconds) => postMessage(seconds));
`;
/** Reads files for longer than Firefox waits until it collects what nobody holds. */
const inner = `
postMessage({ ready: true });
onmessage = async ({ data: { id } }) => {
  const end = Date.now() + 12_000;
  const folder = await navigator.storage.getDirectory();
  while (Date.now() < end) {
    const handle = await folder.getFileHandle('a.wav', { create: true });
    await (await handle.getFile()).arrayBuffer();
  }
  postMessage({ id, value: 1.5 });
};
`;
const html = `<!doctype html><title>Workers</title><script>
const worker = new Worker('outer.js', { type: 'module' });
worker.onmessage = ({ data }) => (globalThis.seconds = data);
</script>`;

/** Workers of workers, which only the code that waits for them knows. */
export function workerTests(browser: () => TestBrowser): void {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'alstm-workers-'));
    await build({
      configFile: false,
      publicDir: false,
      logLevel: 'warn',
      build: {
        outDir: folder,
        emptyOutDir: false,
        lib: {
          entry: 'src/platform/browser/recording-workers.ts',
          formats: ['es'],
          fileName: () => 'workers.js',
        },
      },
    });
  });
  afterAll(() => rm(folder, { recursive: true }));

  // Firefox sometimes blocks a worker that starts another while WebDriver BiDi drives it (see ../firefox.ts).
  it('run until their work is done, however long it is quiet', { retry: 2 }, async () => {
    const site = await openSite(browser(), {
      folders: { '/': folder },
      files: { '/index.html': html, '/outer.js': outer, '/inner.js': inner },
    });
    const tab = await site.open('/index.html');
    const seconds = await tab.waitForFunction(() => (globalThis as { seconds?: number }).seconds, {
      polling: 100,
    });
    expect(await seconds.jsonValue()).toBe(1.5);
    await tab.close();
    expect(site.problems()).toEqual([]);
    await site.close();
  });
}
