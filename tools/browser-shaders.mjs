/** The module `src/platform/browser/shaders.js`: all of shaders/, so that a browser does not have to fetch them. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath, URL } from 'node:url';

const folder = fileURLToPath(new URL('../shaders/', import.meta.url));
const id = '\0alstm-shaders';

/** @returns {string[]} paths of all shaders below shaders/, with `/`, sorted */
function shaderPaths() {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => name.endsWith('.wgsl'))
    .sort();
}

/** @returns {string} the module's text: `shaders`, by stem */
export function shaderModule() {
  const texts = shaderPaths().map((path) => [
    basename(path, '.wgsl'),
    readFileSync(join(folder, path), 'utf8'),
  ]);
  return `export const shaders = /* @__PURE__ */ Object.freeze(${JSON.stringify(Object.fromEntries(texts))});\n`;
}

/**
 * Provides that module to vite, rolldown and vitest.
 *
 * @returns {import('vite').Plugin}
 */
export function browserShaders() {
  return {
    name: 'alstm-shaders',
    enforce: 'pre',
    resolveId: (source) =>
      source.endsWith('/browser/shaders.js') || source === './shaders.js' ? id : undefined,
    load(asked) {
      if (asked !== id) return undefined;
      for (const path of shaderPaths()) this.addWatchFile(join(folder, path));
      return shaderModule();
    },
  };
}
