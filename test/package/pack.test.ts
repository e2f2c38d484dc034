import { cp, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { publint } from 'publint';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { encodeWav } from '../../src/audio/wav.js';
import packageJson from '../../package.json' with { type: 'json' };
import { shippedModels } from '../support/shipped-models.js';
import { fixture } from '../audio/tones.js';
import { installPacked, linkPackage, run, type Packed } from './install.js';

const MOST_PACKED = 2_600_000;
const MOST_UNPACKED = 7_000_000;

const voices = 'dist/voices/';
const page = 'dist/web/';

let project: string;
let packed: Packed;

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'alstm-pack-'));
  packed = await installPacked(project);
  await linkPackage(project, '@types/node'); // as whoever writes TypeScript for Node has it
  await linkPackage(project, '@webgpu/types'); // as TypeScript before 6 needs it for WebGPU
  await cp(join('test', 'package', 'consumers'), join(project, 'consumers'), { recursive: true });
  await writeFile(join(project, 'package.json'), '{"type": "module"}');
});
afterAll(() => rm(project, { recursive: true, force: true }));

const alstm = (...args: string[]) =>
  run(join(project, 'node_modules', '.bin', 'alstm'), args, { cwd: project });

it('holds what is built, the shaders and its papers, and nothing else', async () => {
  const { paths } = packed;
  const top = [...new Set(paths.map((path) => path.split('/')[0]))];
  expect(top.sort()).toEqual(
    [
      'CHANGELOG.md',
      'LICENSE',
      'NOTICES.md',
      'README.md',
      'dist',
      'package.json',
      'shaders',
    ].sort(),
  );
  const shaders = await readdir('shaders', { recursive: true });
  expect(paths.filter((path) => path.startsWith('shaders/'))).toHaveLength(
    shaders.filter((name) => name.endsWith('.wgsl')).length,
  );
  expect(paths.filter((path) => path.startsWith('dist/browser/'))).toEqual([
    'dist/browser/LICENSES.md',
    'dist/browser/alstm.js',
    'dist/browser/recorder.js',
    'dist/browser/voices.js',
  ]);
  const kinds = /^(?:dist\/.+\.(?:js|d\.ts)|dist\/browser\/LICENSES\.md|shaders\/.+\.wgsl)$/;
  const inFolders = paths.filter(
    (path) => path.includes('/') && !path.startsWith(voices) && !path.startsWith(page),
  );
  expect(inFolders.filter((path) => !kinds.test(path))).toEqual([]);
  expect(paths.filter((path) => /\.test\.|^dist\/docs\/|\.map$/.test(path))).toEqual([]);
  // Every module of src/ but the page's, and no leftover of one that is gone.
  const sources = await readdir('src', { recursive: true });
  const modules = sources
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => /(?<!\.d)\.ts$/.test(path) && !path.startsWith('web/'))
    .map((path) => `dist/${path.replace(/\.ts$/, '.js')}`)
    .filter((path) => path !== 'dist/browser.js'); // the bundle stands for it
  const built = paths.filter((path) => /^dist\/(?!browser\/|web\/).*\.js$/.test(path));
  expect(built).toEqual(modules.sort());
});

it('holds every model of real voices once, with its card and its licence', () => {
  expect(packed.paths.filter((path) => path.startsWith(voices))).toEqual(
    Array.from(shippedModels.keys(), (name) =>
      ['LICENSE', 'README.md', 'config.json', 'model.safetensors'].map(
        (file) => `${voices}${name}/${file}`,
      ),
    )
      .flat()
      .sort(),
  );
  expect(packed.paths.filter((path) => path.endsWith('.safetensors'))).toHaveLength(
    shippedModels.size,
  );
});

it('is what Node and bundlers expect of a package', async () => {
  const { messages } = await publint({
    pkgDir: join(project, 'node_modules', 'alstm'),
    pack: false,
    strict: true,
  });
  expect(messages).toEqual([]);
});

it('holds the page, but not a second time the models that it fetches', () => {
  const own = packed.paths.filter((path) => path.startsWith(page));
  expect(own).toEqual(
    expect.arrayContaining(['index.html', 'voices/index.json'].map((name) => page + name)),
  );
  expect(own.some((path) => /\/assets\/main-[\w-]+\.js$/.test(path))).toBe(true);
  expect(own.filter((path) => path.startsWith(`${page}voices/`))).toHaveLength(1);
});

it('is small', () => {
  expect(packed.size).toBeGreaterThan(100_000);
  expect(packed.size).toBeLessThan(MOST_PACKED);
  expect(packed.unpackedSize).toBeLessThan(MOST_UNPACKED);
});

it('depends on nothing that only development needs, and runs nothing when it is installed', () => {
  const { scripts } = packed.manifest;
  const dependencies = { ...packed.manifest.dependencies, ...packed.manifest.optionalDependencies };
  const development = Object.keys(packageJson.devDependencies);
  expect(Object.keys(dependencies).filter((name) => development.includes(name))).toEqual([]);
  const never =
    /chromium|puppeteer|playwright|espeak|vite|rolldown|typescript|typedoc|eslint|prettier|tensorflow|onnxruntime|jax/;
  expect(Object.keys(dependencies).filter((name) => never.test(name))).toEqual([]);
  const installing = /^(?:pre|post)?(?:install|uninstall)$|^(?:pre|post)prepare$|^prepublish$/;
  expect(Object.keys(scripts).filter((name) => installing.test(name))).toEqual([]);
  // npm runs it in a clone alone; test/platform/build.test.ts has what it does there without a compiler.
  expect(scripts['prepare']).toBe('npm run build -- --if-older');
});

it('gives the command', async () => {
  expect(await alstm('--version')).toMatchObject({
    status: 0,
    stdout: `${packageJson.version}\n`,
    stderr: '',
  });
  const tone = Float32Array.from({ length: 11_025 }, (_, i) => Math.sin(i / 9) / 2);
  await writeFile(join(project, 'tone.wav'), encodeWav(tone, 22_050)); // is decoded and resampled
  const features = await alstm('features', 'tone.wav', '--out', 'tone.safetensors', '--json');
  expect(features).toMatchObject({ status: 0 });
  expect(JSON.parse(features.stdout)).toMatchObject({ frames: expect.any(Number) as number });
});

it('works without the decoders that an install may leave out, and says which a recording needs', async () => {
  const tone = Float32Array.from({ length: 8000 }, (_, i) => Math.sin(i / 9) / 2);
  const sounds = join(project, 'sounds');
  await mkdir(sounds);
  await writeFile(join(sounds, 'a.wav'), encodeWav(tone, 16_000));
  const names = { mp3: 'mono_22k.mp3', vorbis: 'stereo_44k_vorbis.ogg', opus: 'mono_48k_opus.ogg' };
  for (const name of ['mono_24k.flac', ...Object.values(names)]) {
    await writeFile(join(sounds, name), fixture(name));
  }
  const modules = join(project, 'node_modules');
  await rename(join(modules, '@audio'), join(modules, 'left-out'));
  try {
    const ended = await alstm('features', 'sounds', '--out', 'left', '--json');
    expect(ended.status).toBe(1);
    const told = ended.stdout.trim().split('\n');
    const lines = told.map((line) => JSON.parse(line) as Record<string, unknown>);
    const failed = lines.filter((line) => 'error' in line);
    expect(lines).toHaveLength(5);
    expect(failed).toHaveLength(3);
    for (const [codec, name] of Object.entries(names)) {
      const { error } = failed.find(({ path }) => String(path).endsWith(name)) ?? {};
      expect(String(error).toLowerCase()).toBe(
        `sounds/${name}: the ${codec} decoder is not installed`,
      );
      expect(ended.stderr).toContain(`\`npm install @audio/decode-${codec}\` installs it`);
    }
  } finally {
    await rename(join(modules, 'left-out'), join(modules, '@audio'));
  }
});

it('says what is missing where the software adapter of a clone is asked for', async () => {
  const { status, stdout } = await alstm('doctor', '--adapter', 'swiftshader', '--json');
  expect(status).toBe(1);
  const told = JSON.parse(stdout) as { ok: boolean; error: string; hint: string };
  expect(told.ok).toBe(false);
  expect(told.error).toContain('the npm package @sparticuz/chromium is not installed');
  expect(told.hint).toContain('npm install @sparticuz/chromium');
});

it.skipIf(shippedModels.size === 0)('finds the models that come along', async () => {
  const code = `
    import { readFile } from 'node:fs/promises';
    import { fileURLToPath } from 'node:url';
    import { NodeFiles } from 'alstm';
    for (const name of (await new NodeFiles().shippedModels()).keys()) {
      const license = import.meta.resolve(\`alstm/voices/\${name}/LICENSE\`);
      console.log(name, (await readFile(fileURLToPath(license))).length > 0);
    }
  `;
  await writeFile(join(project, 'models.js'), code);
  expect(await run(process.execPath, ['models.js'], { cwd: project })).toMatchObject({
    status: 0,
    stdout: Array.from(shippedModels.keys(), (name) => `${name} true\n`).join(''),
  });
});

it('gives both imports', async () => {
  const code = `
    import * as node from 'alstm';
    import * as browser from 'alstm/browser';
    console.log(node.VERSION, typeof node.openEngine, browser.VERSION, typeof browser.openBrowserEngine);
  `;
  await writeFile(join(project, 'both.js'), code);
  const { version } = packageJson;
  expect(await run(process.execPath, ['both.js'], { cwd: project })).toMatchObject({
    status: 0,
    stdout: `${version} function ${version} function\n`,
  });
});

/** Compilers, as they are called in node_modules. */
const compilers = { '5.9': 'typescript', '6.0': 'typescript-6', '7.0': 'typescript-7' } as const;
type Compiler = keyof typeof compilers;

// Each thing that can differ comes with each compiler; with the fastest, in more combinations.
it.each<[Compiler, module: string, lib: string, types: readonly string[], ...string[]]>([
  ['5.9', 'NodeNext', '', []],
  ['5.9', 'ESNext', 'DOM', ['node', '@webgpu/types'], 'webgpu'],
  ['5.9', 'NodeNext', 'DOM', []],
  ['6.0', 'ESNext', '', ['node']],
  ['6.0', 'NodeNext', 'DOM', [], 'webgpu'],
  ['7.0', 'ESNext', '', []],
  ['7.0', 'NodeNext', '', ['node']],
  ['7.0', 'ESNext', 'DOM', ['node'], 'webgpu'],
  ['7.0', 'NodeNext', 'DOM', []],
  ['7.0', 'NodeNext', 'WebWorker', ['node']],
])(
  'has types for TypeScript %s: %s, lib %j, types %j',
  async (compiler, module, lib, types, more) => {
    const compilerOptions = {
      noEmit: true,
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: false, // the declarations of the package, and all that they refer to, are checked too
      target: 'ES2022',
      lib: ['ES2022', ...(lib === '' ? [] : [lib])],
      module,
      moduleResolution: module === 'ESNext' ? 'Bundler' : module,
      types,
    };
    const names = ['node', 'browser', ...(more === undefined ? [] : [more])];
    const files = names.map((name) => join('consumers', `${name}.ts`));
    const config = join(
      project,
      [compiler, module, lib, ...types].join('-').replaceAll('/', '-') + '.json',
    );
    await writeFile(config, JSON.stringify({ compilerOptions, files }));
    const tsc = resolve('node_modules', compilers[compiler], 'bin', 'tsc');
    const ended = await run(process.execPath, [tsc, '-p', config], { cwd: project });
    expect(ended).toEqual({ status: 0, stdout: '', stderr: '' });
  },
);
