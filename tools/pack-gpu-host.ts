/**
 * Packs one archive with everything needed for tests on a Linux x64 machine with a GPU but without
 * Node, npm or network: Node, the WebGPU bindings, the build, shaders, fixtures, a Vulkan loader.
 * On that machine, unpack it and run `./first.sh`, then `./run.sh [RESULTS_FOLDER]`.
 *
 *     npm run pack:gpu-host [-- ARCHIVE]        (default: alstm-gpu-host.tar.xz)
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import ts from 'typescript';

const MOST_BYTES = 45e6;
const NAME = 'alstm-gpu-host';
/** SwiftShader's archive, from an optional package whose browser is not needed; its Vulkan loader is used too. */
const SOFTWARE = 'node_modules/@sparticuz/chromium';
/** Files of packages that nothing loads. */
const unneeded = /(?:\.d\.[cm]?ts|\.map|\.md|\.[cm]?ts|\.umd(?:\.min)?\.js|__pycache__)$/;
/** The commands on that machine, beside the script that they run. */
const HOST = 'tools/gpu-host';
const commands = ['first.sh', 'run.sh'];

const compressors: Readonly<Record<string, readonly [string, ...string[]]>> = {
  '.xz': ['xz', '-9'],
  '.gz': ['gzip', '-9'],
};

try {
  packHost(resolve(process.argv[2] ?? `${NAME}.tar.xz`));
} catch (error) {
  console.error(`pack-gpu-host: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

function packHost(archive: string): void {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    const here = `${process.platform}-${process.arch}`;
    throw new Error(`it packs this machine's Node, which is built for ${here}: use Linux on x64`);
  }
  const compressor = compressors[/\.tar(\.\w+)$/.exec(archive)?.[1] ?? ''];
  if (!compressor) throw new Error(`${archive}: the name has to end with .tar.xz or .tar.gz`);
  const work = mkdtempSync(join(tmpdir(), `${NAME}-`));
  try {
    const stage = join(work, NAME);
    mkdirSync(stage);
    stageProject(stage);
    stagePackages(stage);
    copyFileSync(process.execPath, join(stage, 'node'));
    chmodSync(join(stage, 'node'), 0o755);
    for (const name of commands) {
      copyFileSync(join(HOST, name), join(stage, name));
      chmodSync(join(stage, name), 0o755);
    }
    const packed = pack(work, compressor);
    const size = `${(packed.length / 1e6).toFixed(1)} MB`;
    if (packed.length > MOST_BYTES) {
      throw new Error(`the archive would have ${size}, more than ${MOST_BYTES / 1e6} MB`);
    }
    writeFileSync(`${archive}.partial`, packed);
    renameSync(`${archive}.partial`, archive);
    console.log(`${archive}  ${size}`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function stageProject(stage: string): void {
  if (!existsSync('dist/cli/main.js')) throw new Error('there is no dist/: run npm run build');
  for (const path of [
    'dist',
    'shaders',
    'test/fixtures',
    'bench/peers/pytorch',
    'bench/sounds',
    'package.json',
    'LICENSE',
    'NOTICES.md',
  ]) {
    copy(path, stage);
  }
  // It imports src/; in the archive that is dist/.
  const folder = HOST;
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
  mkdirSync(join(stage, folder), { recursive: true });
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.ts'))) {
    const source = readFileSync(join(folder, name), 'utf8');
    const { outputText } = ts.transpileModule(source, { compilerOptions });
    writeFileSync(
      join(stage, folder, name.replace(/ts$/, 'js')),
      outputText.replaceAll("'../../src/", "'../../dist/"),
    );
  }
}

interface Lock {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean }>>;
}

/** The packages of an install without development packages, with only this system's WebGPU bindings. */
function stagePackages(stage: string): void {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as Lock;
  for (const [path, { dev }] of Object.entries(packages)) {
    if (path !== '' && dev !== true && existsSync(path)) copy(path, stage);
  }
  if (!existsSync(SOFTWARE)) throw new Error(`there is no ${SOFTWARE}: run npm ci`);
  copy(join(SOFTWARE, 'package.json'), stage);
  copy(join(SOFTWARE, 'bin', 'swiftshader.tar.br'), stage);
}

function copy(path: string, stage: string): void {
  mkdirSync(join(stage, dirname(path)), { recursive: true });
  cpSync(path, join(stage, path), { recursive: true, filter: isNeeded });
}

function isNeeded(path: string): boolean {
  const system = /webgpu\/dist\/([^/]+)/.exec(path)?.[1];
  if (system !== undefined) return system === 'linux-x64';
  return !unneeded.test(path) || path === 'NOTICES.md' || /licen[cs]e/i.test(path);
}

/** The same files give the same archive. */
function pack(folder: string, [command, ...args]: readonly [string, ...string[]]): Buffer {
  const tar = join(folder, 'packed.tar');
  const same = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', '--mtime=@0'];
  call('tar', ['--create', ...same, '--file', tar, '--directory', folder, NAME]);
  return call(command, [...args, '--stdout', tar]);
}

function call(command: string, args: readonly string[]): Buffer {
  const { status, stdout, stderr, error } = spawnSync(command, args, { maxBuffer: 2 ** 30 });
  if (error !== undefined) throw new Error(`${command} cannot be run: ${error.message}`);
  if (status !== 0) throw new Error(`${command} failed: ${stderr.toString().trim()}`);
  return stdout;
}
