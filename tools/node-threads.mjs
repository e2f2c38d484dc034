/**
 * The module `src/platform/node/recording-thread-url.ts` for tests, which run what is in src/: a thread cannot load
 * TypeScript, so its module is bundled when a test first asks for it.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL, URL } from 'node:url';
import process from 'node:process';
import { build } from 'vite';

const root = fileURLToPath(new URL('..', import.meta.url));
const entry = join(root, 'src', 'platform', 'node', 'recording-thread.ts');

/** One for all projects of a run; a run at the same time has its own. */
const outDir = join(root, 'node_modules', '.cache', 'node-threads', String(process.pid));
let built;

/** @returns {Promise<string>} URL of the bundled module */
async function bundled() {
  process.once('exit', () => rmSync(outDir, { recursive: true, force: true }));
  await build({
    root,
    configFile: false,
    publicDir: false,
    logLevel: 'error',
    build: { ssr: entry, outDir, emptyOutDir: true, target: 'node20', minify: false },
  });
  return pathToFileURL(join(outDir, 'recording-thread.js')).href;
}

/** @returns {import('vite').Plugin} */
export function nodeThreads() {
  return {
    name: 'alstm-node-threads',
    enforce: 'pre',
    async load(id) {
      if (!id.replaceAll('\\', '/').endsWith('/src/platform/node/recording-thread-url.ts')) return;
      built ??= bundled();
      return `export const recordingThreadUrl = new URL(${JSON.stringify(await built)});\n`;
    },
  };
}
