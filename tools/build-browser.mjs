/**
 * Bundles src/browser.ts into `dist/browser/alstm.js`: an ES module that a page loads as it is, with the
 * shaders inside, and beside it a chunk for each audio decoder and the resampler, loaded when needed.
 */
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { browserShaders } from './browser-shaders.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The formats that src/audio knows; the decoder package has twenty more, and asks for some that are not installed. */
const codecs = ['wav', 'mp3', 'flac', 'vorbis', 'opus'];

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
 * @param {{ entry?: string, name?: string }} [options] another entry, and its file's name without `.js`
 * @returns {Promise<import('vite').Rolldown.RolldownOutput>} what was written
 */
export async function buildBrowser(outDir, { entry, name = 'alstm' } = {}) {
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
      rolldownOptions: { output: { chunkFileNames: 'chunks/[name]-[hash].js' } },
    },
  });
  return output;
}
