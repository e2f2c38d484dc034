/** The module `src/platform/browser/shipped.js`: URLs of the models of src/voices/, which are fetched when needed. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, URL } from 'node:url';

const folder = fileURLToPath(new URL('../src/voices/', import.meta.url));
const isShipped = (source) => source.endsWith('/browser/shipped.js');

/** @returns {string[]} names of the models, whichever there are */
export function voiceNames() {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, 'config.json')))
    .sort();
}

/** As src/model/license.ts tells. */
function isNonCommercial(name) {
  const { license = '' } = JSON.parse(readFileSync(join(folder, name, 'config.json'), 'utf8'));
  return /(^|-)NC(-|$)/i.test(license);
}

/**
 * The module's text. A bundler finds the URLs in `new URL('…', import.meta.url)` and takes the files along. It must not
 * do so unasked with models that forbid commercial use: the URLs of those are put together.
 *
 * @param {string} base of the models, relative to the module
 * @returns {string}
 */
export function voicesModule(base) {
  const model = (name) => {
    const url = (file) => {
      const path = JSON.stringify(`${base}${name}/${file}`);
      return isNonCommercial(name) ? `at(${path})` : `new URL(${path}, import.meta.url).href`;
    };
    const files = `config: ${url('config.json')}, weights: ${url('model.safetensors')}`;
    return `  ${JSON.stringify(name)}: () => ({ ${files} }),\n`;
  };
  return (
    'const here = import.meta.url;\n' +
    'const at = (path) => new URL(path, here).href;\n' +
    `export const shipped = {\n${voiceNames().map(model).join('')}};\n`
  );
}

/**
 * For the library: the module stays one of its own, `voices.js`, so that neither its URLs nor the models get into the
 * bundle.
 *
 * @param {{ base?: string, copy?: boolean }} [options] copy: put the models below `base`
 * @returns {import('vite').Plugin}
 */
export function publishedVoices({ base = '../voices/', copy = false } = {}) {
  let asked = false; // other entries need none
  return {
    name: 'alstm-published-voices',
    enforce: 'pre',
    resolveId(source) {
      if (!isShipped(source)) return undefined;
      asked = true;
      return { id: './voices.js', external: true };
    },
    generateBundle() {
      if (!asked) return;
      this.emitFile({ type: 'asset', fileName: 'voices.js', source: voicesModule(base) });
      if (!copy) return;
      for (const name of voiceNames()) {
        for (const file of readdirSync(join(folder, name))) {
          const source = readFileSync(join(folder, name, file));
          const fileName = `${base.replace(/^\.\//, '')}${name}/${file}`;
          this.emitFile({ type: 'asset', fileName, source });
        }
      }
    },
  };
}

const id = '\0alstm-voices';

/**
 * For a page, served or built, and for tests: vite makes files of the models.
 *
 * @returns {import('vite').Plugin}
 */
export function linkedVoices() {
  const load = () => {
    const names = voiceNames();
    const path = (name, file) =>
      JSON.stringify(`${join(folder, name, file).replaceAll('\\', '/')}?url`);
    const imports = names.map(
      (name, i) =>
        `import c${i} from ${path(name, 'config.json')};\n` +
        `import w${i} from ${path(name, 'model.safetensors')};\n`,
    );
    const models = names.map(
      (name, i) =>
        `  ${JSON.stringify(name)}: () => ({ config: at(c${i}), weights: at(w${i}) }),\n`,
    );
    return (
      `${imports.join('')}const at = (path) => new URL(path, import.meta.url).href;\n` +
      `export const shipped = {\n${models.join('')}};\n`
    );
  };
  return {
    name: 'alstm-linked-voices',
    enforce: 'pre',
    resolveId: (source) => (isShipped(source) ? id : undefined),
    load: (asked) => (asked === id ? load() : undefined),
  };
}
