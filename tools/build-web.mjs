/**
 * The web page of src/web/: `node tools/build-web.mjs` builds it into dist/web/ as static files that any
 * web server can serve from any folder, and a service worker that stores them in the browser; with `--serve [PORT]` it is served from its source instead.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { URL, fileURLToPath, pathToFileURL } from 'node:url';
import { build, createServer } from 'vite';
import { browserPlugins } from './build-browser.mjs';
import { BuiltPackages } from './built-packages.mjs';
import { addServiceWorker, noteServiceWorker } from './web-offline.mjs';
import { fillPublic } from './web-public.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * @param {string} publicDir files that are served as they are
 * @param {boolean} stored whether a service worker stores the page
 * @param {BuiltPackages} packages which are noted
 * @returns {import('vite').InlineConfig}
 */
function settings(publicDir, stored, packages = new BuiltPackages()) {
  const plugins = () => [...browserPlugins(), packages.plugin()];
  return {
    root: join(root, 'src', 'web'),
    configFile: false,
    publicDir,
    base: './',
    define: { HAS_SERVICE_WORKER: JSON.stringify(stored) },
    plugins: plugins(),
    worker: { format: 'es', plugins },
  };
}

/**
 * @param {string} outDir recreated
 * @returns {Promise<void>}
 */
export async function buildWeb(outDir) {
  const publicDir = await mkdtemp(join(tmpdir(), 'alstm-web-'));
  try {
    const packages = new BuiltPackages();
    await fillPublic(publicDir);
    await build({
      ...settings(publicDir, true, packages),
      logLevel: 'warn',
      build: {
        outDir,
        emptyOutDir: true,
        target: 'es2022',
        rolldownOptions: { checks: { pluginTimings: false } }, // a slow machine is no fault of the page
        // Separate files: the page's security policy allows data: URLs only for images.
        assetsInlineLimit: 0,
        modulePreload: { polyfill: false },
        chunkSizeWarningLimit: 1000,
      },
    });
    await noteServiceWorker(packages);
    await packages.write(join(outDir, 'LICENSES.md')); // before the worker, which stores it as well
    await addServiceWorker(outDir);
  } finally {
    await rm(publicDir, { recursive: true });
  }
}

/** @param {number} port */
async function serve(port) {
  const cache = join(root, 'node_modules', '.cache');
  const publicDir = join(cache, 'web-public');
  await rm(publicDir, { recursive: true, force: true });
  await fillPublic(publicDir);
  const server = await createServer({
    ...settings(publicDir, false),
    cacheDir: join(cache, 'web'),
    // The development server injects styles and uses a WebSocket, which the page's policy forbids.
    plugins: [...browserPlugins(), withoutPolicy()],
    server: { port, fs: { allow: [root] } },
  });
  await server.listen();
  server.printUrls();
}

/** @returns {import('vite').Plugin} which removes the security policy from the page */
function withoutPolicy() {
  const policy = /<meta\s+http-equiv="Content-Security-Policy"[^>]*>/;
  return { name: 'alstm-no-policy', transformIndexHtml: (html) => html.replace(policy, '') };
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [mode, port] = process.argv.slice(2);
  if (mode === '--serve') await serve(Number(port ?? 5173));
  else await buildWeb(join(root, 'dist', 'web'));
}
