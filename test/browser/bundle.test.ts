import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, type Rolldown } from 'vite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildBrowser } from '../../tools/build-browser.mjs';
import packageJson from '../../package.json' with { type: 'json' };

const MOST_BYTES = 300_000;
const shaderText = '@compute';

let folder: string;
let chunks: Rolldown.OutputChunk[];
let entry: Rolldown.OutputChunk;

/** A project that has the package installed as npm would, with what a build of it gives. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'alstm-bundle-'));
  const installed = join(folder, 'node_modules', 'alstm');
  const { output } = await buildBrowser(join(installed, 'dist', 'browser'));
  chunks = output.filter((part) => part.type === 'chunk');
  entry = chunks.find((chunk) => chunk.isEntry) as Rolldown.OutputChunk;
  await cp('package.json', join(installed, 'package.json'));
});
afterAll(() => rm(folder, { recursive: true }));

/** The text of a project's own bundle that begins with this module. */
async function bundleOf(text: string): Promise<string> {
  const input = join(folder, 'main.js');
  await writeFile(input, text);
  const result = await build({
    root: folder,
    configFile: false,
    logLevel: 'error',
    build: { write: false, target: 'es2022', rolldownOptions: { input } },
  });
  const { output } = result as Rolldown.RolldownOutput;
  return output.find((part) => part.type === 'chunk')?.code ?? '';
}

it('holds nothing of Node in any chunk', () => {
  expect(chunks.length).toBeGreaterThan(5);
  const names = new Set(chunks.map(({ fileName }) => fileName));
  for (const chunk of chunks) {
    const imported = [...chunk.imports, ...chunk.dynamicImports];
    expect(imported.filter((name) => !names.has(name))).toEqual([]);
    expect(chunk.moduleIds.filter((id) => id.includes('browser-external'))).toEqual([]);
    expect(chunk.code).not.toMatch(/["'`]node:[a-z]/);
    expect(chunk.code).not.toMatch(/\brequire\(\s*["'`](?:fs|path|crypto|os|worker_threads)["'`]/);
  }
});

it.each(['node:fs', 'path'])('cannot be built with an import of %s', async (builtin) => {
  const input = join(folder, 'node.js');
  await writeFile(input, `import * as builtin from '${builtin}'; export default builtin;`);
  const built = buildBrowser(join(folder, 'out'), { entry: input });
  await expect(built).rejects.toThrow(`node.js imports ${builtin}, which browsers lack`);
});

it('keeps the entry, with what it imports at once, small, and holds every shader in it', async () => {
  const once = new Set<string>();
  const follow = (name: string): void => {
    if (once.has(name)) return;
    once.add(name);
    chunks.find(({ fileName }) => fileName === name)?.imports.forEach(follow);
  };
  follow(entry.fileName);
  const own = chunks.filter(({ fileName }) => once.has(fileName));
  const bytes = own.reduce((sum, { code }) => sum + gzipSync(code).length, 0);
  expect(bytes).toBeGreaterThan(20_000);
  expect(bytes).toBeLessThan(MOST_BYTES);
  // Codecs and the resampler are chunks of their own.
  const packages = own.flatMap(({ moduleIds }) => moduleIds).join('\n');
  expect(packages).not.toMatch(/audio-decode|@audio|libsamplerate/);
  const shaders = await readdir('shaders');
  const text = await readFile(`shaders/${shaders.find((name) => name.endsWith('.wgsl'))}`, 'utf8');
  const line = text.split('\n').find((line) => line.length > 20) ?? '';
  expect(own.some(({ code }) => code.includes(JSON.stringify(line).slice(1, -1)))).toBe(true);
});

it('leaves out of a bundle what is not imported', async () => {
  const all = await bundleOf(`import * as alstm from 'alstm/browser'; console.log(alstm);`);
  const one = await bundleOf(`import { OpfsFiles } from 'alstm/browser'; console.log(OpfsFiles);`);
  expect(all).toContain(shaderText);
  expect(one).not.toContain(shaderText);
  expect(one.length).toBeGreaterThan(1000);
  expect(one.length).toBeLessThan(all.length / 2);
});

it('is what bundlers for browsers take for the package', async () => {
  const text = `import { openBrowserEngine } from 'alstm'; console.log(openBrowserEngine);`;
  expect(await bundleOf(text)).toContain(shaderText);
});

it('is exported with its types', async () => {
  const { types, default: file } = packageJson.exports['./browser'];
  expect(file).toBe('./dist/browser/alstm.js');
  // As tsc names the declarations of its source.
  expect(types).toBe('./dist/browser.d.ts');
  expect(await readFile('src/browser.ts', 'utf8')).toContain('openBrowserEngine');
});
