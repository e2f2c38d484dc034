/** The service worker of a built page, which stores all of it at the first visit. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, URL } from 'node:url';
import { build } from 'vite';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Of the worker in the page's folder, which is what it serves. */
export const SERVICE_WORKER = 'service-worker.js';

/**
 * What is stored at the first visit: every file, except models that forbid commercial use, which a visitor has not
 * chosen yet.
 *
 * @param {string} folder of a built page
 * @returns {Promise<{ url: string, revision: string | null, bytes: number }[]>}
 */
export async function storedFiles(folder) {
  const voices = JSON.parse(await readFile(join(folder, 'voices', 'index.json'), 'utf8'));
  const left = voices
    .filter(({ license = '' }) => /(^|-)NC(-|$)/i.test(license)) // as src/model/license.ts tells
    .map(({ name }) => `voices/${name}/`);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path !== SERVICE_WORKER && !left.some((start) => path.startsWith(start)))
    .sort();
  return Promise.all(
    files.map(async (url) => {
      const bytes = await readFile(join(folder, url));
      // The names in assets/ change with their content.
      const named = url.startsWith('assets/');
      const revision = named ? null : createHash('sha256').update(bytes).digest('hex').slice(0, 16);
      return { url, revision, bytes: bytes.length };
    }),
  );
}

/**
 * @param {string} folder of a built page, to which the worker is added
 * @returns {Promise<void>}
 */
export async function addServiceWorker(folder) {
  const stored = (await storedFiles(folder)).map(({ url, revision }) => ({ url, revision }));
  const { build: how, ...settings } = settingsOf(stored);
  await build({ ...settings, build: { ...how, outDir: folder } });
}

/**
 * Notes the packages of the worker. It is made a second time for that: it lists the file that lists them.
 *
 * @param {import('./built-packages.mjs').BuiltPackages} packages
 * @returns {Promise<void>}
 */
export async function noteServiceWorker(packages) {
  const { build: how, ...settings } = settingsOf([]);
  await build({ ...settings, plugins: [packages.plugin()], build: { ...how, write: false } });
}

/** @param {readonly { url: string, revision: string | null }[]} stored */
function settingsOf(stored) {
  return {
    root,
    configFile: false,
    publicDir: false,
    logLevel: 'warn',
    define: { BUILT_FILES: JSON.stringify(stored), 'process.env.NODE_ENV': '"production"' },
    build: {
      emptyOutDir: false,
      target: 'es2022',
      minify: true,
      lib: {
        entry: join(root, 'src', 'web', 'offline', 'service-worker.ts'),
        // A classic script: not every browser that has WebGPU takes modules for it.
        formats: ['iife'],
        name: 'alstmOffline',
        fileName: () => SERVICE_WORKER,
      },
    },
  };
}
