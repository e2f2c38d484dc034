/** The module `src/platform/browser/recorder-url.js`: where the audio worklet is that takes sound in a page. */
import { readFileSync } from 'node:fs';
import { fileURLToPath, URL } from 'node:url';
import ts from 'typescript';

const source = fileURLToPath(
  new URL('../src/platform/browser/recorder.worklet.ts', import.meta.url),
);
const isAsked = (name) => name.endsWith('/recorder-url.js');

/** The worklet as it is compiled with the package. */
export function workletText() {
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
  return ts.transpileModule(readFileSync(source, 'utf8'), { compilerOptions }).outputText;
}

/**
 * For the library: the module stays one of its own, `recorder.js`, whose URL a bundler finds and takes the worklet along.
 *
 * @param {{ copy?: boolean }} [options] copy: put the worklet beside it, in place of the one that is compiled with the package
 * @returns {import('vite').Plugin}
 */
export function publishedRecorder({ copy = false } = {}) {
  let asked = false; // other entries need none
  return {
    name: 'alstm-published-recorder',
    enforce: 'pre',
    resolveId(name) {
      if (!isAsked(name)) return undefined;
      asked = true;
      return { id: './recorder.js', external: true };
    },
    generateBundle() {
      if (!asked) return;
      const path = copy ? './recorder.worklet.js' : '../platform/browser/recorder.worklet.js';
      // as data in the module, which bundlers make of small files, a strict policy would refuse it
      const text = `export const recorderUrl = new URL('${path}?no-inline', import.meta.url).href;\n`;
      this.emitFile({ type: 'asset', fileName: 'recorder.js', source: text });
      if (!copy) return;
      this.emitFile({ type: 'asset', fileName: 'recorder.worklet.js', source: workletText() });
    },
  };
}

const id = '\0alstm-recorder';

/**
 * For a page, served or built, and for tests: vite makes a file of the worklet.
 *
 * @returns {import('vite').Plugin}
 */
export function linkedRecorder() {
  const path = JSON.stringify(`${source.replaceAll('\\', '/')}?worker&url`);
  return {
    name: 'alstm-linked-recorder',
    enforce: 'pre',
    resolveId: (name) => (isAsked(name) ? id : undefined),
    load: (asked) =>
      asked === id ? `export { default as recorderUrl } from ${path};\n` : undefined,
  };
}
