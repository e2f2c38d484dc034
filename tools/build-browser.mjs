/**
 * Bundles src/browser.ts into `dist/browser/alstm.js`: one ES module that includes the shaders, and
 * imports the large packages by name on demand, for the user's bundler to resolve. Beside it, `voices.js` has the URLs
 * of the models that come along, in `dist/voices/`, and `recorder.js` that of the audio worklet.
 *
 * `node tools/build-browser.mjs FOLDER` writes a complete one, which needs no bundler: those packages are
 * chunks next to it, and the models are in its `voices/`.
 */
import { isBuiltin } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'vite';
import { BuiltPackages } from './built-packages.mjs';
import { browserShaders } from './browser-shaders.mjs';
import { linkedRecorder, publishedRecorder } from './browser-recorder.mjs';
import { linkedVoices, publishedVoices } from './browser-voices.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The decoders that src/audio imports. */
const codecs = ['wav', 'mp3', 'vorbis', 'opus'];

/**
 * Packages that the published bundle imports but does not contain, all optional dependencies in package.json: 0.2 MB
 * of WebAssembly, compressed.
 */
export const outside = codecs
  .filter((codec) => codec !== 'wav')
  .map((codec) => `@audio/decode-${codec}`);

/** @returns {import('vite').Plugin} which excludes the other decoders */
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

/** @returns {import('vite').Plugin} which fails if a Node builtin is imported: vite would substitute an empty module */
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

const plugins = () => [withoutNode(), browserShaders(), neededCodecs()];

/** Plugins that the bundle of a page needs. */
export const browserPlugins = () => [...plugins(), linkedVoices(), linkedRecorder()];

/**
 * @param {string} outDir recreated
 * @param {{ entry?: string, name?: string, whole?: boolean }} [options] another entry, and its file
 *   name without `.js`; whole: include the packages in `outside` as chunks
 * @returns {Promise<import('vite').Rolldown.RolldownOutput>} the written files
 */
export async function buildBrowser(outDir, { entry, name = 'alstm', whole = false } = {}) {
  const packages = new BuiltPackages();
  const [output] = await build({
    root,
    configFile: false,
    publicDir: false,
    logLevel: 'error',
    plugins: [
      ...plugins(),
      packages.plugin(),
      publishedVoices(whole ? { base: './voices/', copy: true } : {}),
      publishedRecorder({ copy: whole }),
    ],
    build: {
      outDir,
      emptyOutDir: true,
      target: 'es2022',
      minify: true,
      sourcemap: false,
      lib: { entry: entry ?? join(root, 'src', 'browser.ts'), formats: ['es'], fileName: name },
      rolldownOptions: whole
        ? { output: { chunkFileNames: 'chunks/[name]-[hash].js' } }
        : { external: outside, output: { codeSplitting: false } },
    },
  });
  await packages.write(join(outDir, 'LICENSES.md'));
  return output;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [folder] = process.argv.slice(2);
  if (folder === undefined) {
    process.stderr.write('build-browser: no folder given: node tools/build-browser.mjs FOLDER\n');
    process.exitCode = 2;
  } else await buildBrowser(resolve(folder), { whole: true });
}
