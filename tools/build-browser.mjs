/**
 * Bundles src/browser.ts into `dist/browser/alstm.js`: one ES module with the shaders inside, which leaves
 * the large packages to import when they are needed, by name, to the bundler of whoever installs alstm.
 *
 * `node tools/build-browser.mjs FOLDER` writes a whole one, which needs no bundler: those packages lie
 * beside it as chunks.
 */
import { isBuiltin } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'vite';
import { browserShaders } from './browser-shaders.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The decoders that src/audio imports. */
const codecs = ['wav', 'mp3', 'vorbis', 'opus'];

/**
 * What the published bundle imports and does not hold, all of it dependencies in package.json: WebAssembly
 * of 0.2 MB compressed.
 */
export const outside = codecs
  .filter((codec) => codec !== 'wav')
  .map((codec) => `@audio/decode-${codec}`);

/** @returns {import('vite').Plugin} which leaves the other decoders out */
export function neededCodecs() {
  const none = '\0no-codec';
  return {
    name: 'alstm-codecs',
    enforce: 'pre',
    resolveId(source) {
      const codec = /^@audio\/decode-(\w+)$/.exec(source)?.[1];
      return codec === undefined || codecs.includes(codec) ? undefined : none;
    },
    load: (id) => (id === none ? 'export default undefined;' : undefined),
  };
}

/** @returns {import('vite').Plugin} which fails where a builtin of Node is imported: vite puts an empty module there */
export function withoutNode() {
  return {
    name: 'alstm-without-node',
    enforce: 'pre',
    resolveId(source, importer) {
      if (!isBuiltin(source)) return undefined;
      return this.error(`${importer} imports ${source}, which browsers lack`);
    },
  };
}

/** What every bundle of alstm for a browser needs, this one and those of pages. */
export const browserPlugins = () => [withoutNode(), browserShaders(), neededCodecs()];

/**
 * @param {string} outDir made anew
 * @param {{ entry?: string, name?: string, whole?: boolean }} [options] another entry, and its file's
 *   name without `.js`; whole: with what is `outside` as chunks beside it
 * @returns {Promise<import('vite').Rolldown.RolldownOutput>} what was written
 */
export async function buildBrowser(outDir, { entry, name = 'alstm', whole = false } = {}) {
  const [output] = await build({
    root,
    configFile: false,
    publicDir: false,
    logLevel: 'error',
    plugins: browserPlugins(),
    build: {
      outDir,
      emptyOutDir: true,
      target: 'es2022',
      minify: true,
      sourcemap: false,
      license: { fileName: 'LICENSES.md' }, // of the packages that are in it
      lib: { entry: entry ?? join(root, 'src', 'browser.ts'), formats: ['es'], fileName: name },
      rolldownOptions: whole
        ? { output: { chunkFileNames: 'chunks/[name]-[hash].js' } }
        : { external: outside, output: { codeSplitting: false } },
    },
  });
  return output;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [folder] = process.argv.slice(2);
  if (folder === undefined) {
    process.stderr.write('build-browser: no folder given: node tools/build-browser.mjs FOLDER\n');
    process.exitCode = 2;
  } else await buildBrowser(resolve(folder), { whole: true });
}
