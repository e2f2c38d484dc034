import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, type Rolldown } from 'vite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildBrowser, outside } from '../../tools/build-browser.mjs';
import { installBrowserBuild } from '../support/installed.js';
import { isNonCommercial } from '../../src/model/license.js';
import { shippedModels } from '../support/shipped-models.js';
import packageJson from '../../package.json' with { type: 'json' };

const MOST_BYTES = 300_000;
const shaderText = '@compute';
/** The modules beside the bundle that know where the models and the audio worklet are. */
const beside = ['./recorder.js', './voices.js'];

let folder: string;
/** Of the published bundle, and of the whole one. */
let published: Rolldown.OutputChunk[];
let whole: Rolldown.OutputChunk[];

const chunksOf = ({ output }: Rolldown.RolldownOutput): Rolldown.OutputChunk[] =>
  output.filter((part) => part.type === 'chunk');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'alstm-bundle-'));
  published = chunksOf(await installBrowserBuild(folder));
  whole = chunksOf(await buildBrowser(join(folder, 'whole'), { whole: true }));
});
afterAll(() => rm(folder, { recursive: true }));

/** A project's own bundle that begins with this module. */
const bundleOf = async (text: string) => chunksOf(await outputOf(text));

async function outputOf(text: string): Promise<Rolldown.RolldownOutput> {
  const input = join(folder, 'main.js');
  await writeFile(input, text);
  const result = await build({
    root: folder,
    configFile: false,
    logLevel: 'error',
    build: { write: false, target: 'es2022', rolldownOptions: { input } },
  });
  return result as Rolldown.RolldownOutput;
}

const codeOf = async (text: string) => (await bundleOf(text)).find((chunk) => chunk.isEntry)?.code;

it('holds nothing of Node in any chunk', () => {
  expect(whole.length).toBeGreaterThan(outside.length);
  for (const chunk of [...published, ...whole]) {
    expect(chunk.moduleIds.filter((id) => id.includes('browser-external'))).toEqual([]);
    expect(chunk.code).not.toMatch(/["'`]node:[a-z]/);
    expect(chunk.code).not.toMatch(/\brequire\(\s*["'`](?:fs|path|crypto|os|worker_threads)["'`]/);
  }
});

it('imports by name what is outside and nothing else, and only when it is needed', () => {
  const own = new Set([...published, ...whole].map(({ fileName }) => fileName));
  const foreign = (names: readonly string[]) => names.filter((name) => !own.has(name)).sort();
  expect(published).toHaveLength(1);
  expect(published.flatMap(({ imports }) => imports)).toEqual([]);
  const later = foreign(published.flatMap(({ dynamicImports }) => dynamicImports));
  expect(later.filter((name) => !beside.includes(name))).toEqual([...outside].sort());
  expect(later).toEqual(expect.arrayContaining(beside));
  // Whoever installs alstm has them, hoisted or not, unless they leave out all that is optional.
  expect(Object.keys(packageJson.optionalDependencies).sort()).toEqual([...outside].sort());
  for (const { imports, dynamicImports } of whole) {
    const others = foreign([...imports, ...dynamicImports]);
    expect(others.filter((name) => !beside.includes(name))).toEqual([]);
  }
});

it.each(['node:fs', 'path'])('cannot be built with an import of %s', async (builtin) => {
  const input = join(folder, 'node.js');
  await writeFile(input, `import * as builtin from '${builtin}'; export default builtin;`);
  const built = buildBrowser(join(folder, 'out'), { entry: input });
  await expect(built).rejects.toThrow(`node.js imports ${builtin}, which browsers lack`);
});

it.each(['published', 'whole'])('keeps what loads at once of the %s one small', async (which) => {
  const chunks = which === 'whole' ? whole : published;
  const once = new Set<string>();
  const follow = (name: string): void => {
    if (once.has(name)) return;
    once.add(name);
    chunks.find(({ fileName }) => fileName === name)?.imports.forEach(follow);
  };
  chunks.filter(({ isEntry }) => isEntry).forEach(({ fileName }) => follow(fileName));
  const own = chunks.filter(({ fileName }) => once.has(fileName));
  const bytes = own.reduce((sum, { code }) => sum + gzipSync(code).length, 0);
  expect(bytes).toBeGreaterThan(20_000);
  expect(bytes).toBeLessThan(MOST_BYTES);
  const packages = own.flatMap(({ moduleIds }) => moduleIds).join('\n');
  expect(packages).not.toMatch(/decode-(?:mp3|flac|opus|vorbis)|libsamplerate/);
  const shaders = await readdir('shaders', { recursive: true });
  const text = await readFile(`shaders/${shaders.find((name) => name.endsWith('.wgsl'))}`, 'utf8');
  const line = text.split('\n').find((line) => line.length > 20) ?? '';
  expect(own.some(({ code }) => code.includes(JSON.stringify(line).slice(1, -1)))).toBe(true);
});

it("gives a project's bundler the decoders to load when needed", async () => {
  const chunks = await bundleOf(
    `import { decodeAudio, resample } from 'alstm/browser'; console.log(decodeAudio, resample);`,
  );
  const entry = chunks.find(({ isEntry }) => isEntry);
  expect(entry?.imports).toEqual([]);
  expect(entry?.dynamicImports).toHaveLength(outside.length);
  const packages = chunks.flatMap(({ moduleIds }) => moduleIds).join('\n');
  for (const name of outside) expect(packages).toContain(`/node_modules/${name}/`);
});

it('leaves out of a bundle what is not imported', async () => {
  const all = await codeOf(`import * as alstm from 'alstm/browser'; console.log(alstm);`);
  const one = await codeOf(`import { OpfsFiles } from 'alstm/browser'; console.log(OpfsFiles);`);
  expect(all).toContain(shaderText);
  expect(one).not.toContain(shaderText);
  expect(one?.length).toBeGreaterThan(1000);
  expect(one?.length).toBeLessThan((all?.length ?? 0) / 2);
});

/** Files that a project's bundle takes along, without the hashes in their names. */
async function filesBeside(text: string): Promise<string[]> {
  const { output } = await outputOf(text);
  const assets = output.filter((part) => part.type === 'asset');
  return assets.map(({ fileName }) => fileName.replace(/-[\w-]{8}(?=\.\w+$)/, '')).sort();
}

it.skipIf(shippedModels.size === 0)(
  "takes along the models' files, but not of those that forbid commercial use",
  async () => {
    const open = await filesBeside(`import { open } from 'alstm/browser'; console.log(open);`);
    const licenses = await Promise.all(
      Array.from(shippedModels.values(), async (folder) => {
        const config = await readFile(join(folder, 'config.json'), 'utf8');
        return (JSON.parse(config) as { license?: string }).license;
      }),
    );
    const free = licenses.filter((license) => !isNonCommercial(license)).length;
    const of = (name: string) => Array.from({ length: free }, () => `assets/${name}`);
    expect(open).toEqual([
      ...of('config.json'),
      ...of('model.safetensors'),
      'assets/recorder.worklet.js', // a file of its own, for pages with a strict policy
    ]);
  },
);

it('is what bundlers for browsers take for the package', async () => {
  const text = `import { openBrowserEngine } from 'alstm'; console.log(openBrowserEngine);`;
  expect(await codeOf(text)).toContain(shaderText);
});

it('is exported with its types', async () => {
  const { types, default: file } = packageJson.exports['./browser'];
  expect(file).toBe('./dist/browser/alstm.js');
  // As tsc names the declarations of its source.
  expect(types).toBe('./dist/browser.d.ts');
  expect(await readFile('src/browser.ts', 'utf8')).toContain('openBrowserEngine');
});
