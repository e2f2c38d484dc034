import { spawn } from 'node:child_process';
import { chmod, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { readTar } from '../../src/core/tar.js';
import type { Ended } from '../support/process.js';

/** What `package.json` of the package says, as far as tests ask. */
export interface Manifest {
  readonly version: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
  readonly scripts: Readonly<Record<string, string>>;
}

export interface Packed {
  /** Bytes of the archive, and of what is in it. */
  readonly size: number;
  readonly unpackedSize: number;
  /** Paths in it, sorted. */
  readonly paths: readonly string[];
  readonly manifest: Manifest;
}

/** Runs a command; it is killed (status SIGKILL) after 110 s. */
export function run(
  command: string,
  args: readonly string[],
  options: { cwd: string; env?: NodeJS.ProcessEnv },
): Promise<Ended> {
  return new Promise((done, fail) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 110_000, // a compiler is slow beside other work
      killSignal: 'SIGKILL',
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.on('error', fail);
    child.on('close', (code, signal) => done({ status: code ?? signal, stdout, stderr }));
  });
}

/**
 * Packs the tree as it is built and installs it into `project` as npm would: the archive unpacked, a link
 * in .bin, and its dependencies alone beside it, which are links to those of the tree.
 */
export async function installPacked(project: string): Promise<Packed> {
  const cache = join(project, 'npm');
  await mkdir(cache);
  const { status, stdout, stderr } = await run(
    'npm',
    ['pack', '--ignore-scripts', '--offline', '--json', '--pack-destination', cache],
    { cwd: resolve('.'), env: { npm_config_cache: cache, npm_config_dry_run: 'false' } },
  );
  if (status !== 0) throw new Error(`npm pack ended with ${status}: ${stderr}`);
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  const archive = await readFile(join(cache, filename));
  const modules = join(project, 'node_modules');
  const installed = join(modules, 'alstm');
  const entries = [...(await readTar(gunzipSync(archive)))].map(
    ([path, bytes]) => [path.replace(/^package\//, ''), bytes] as const,
  );
  for (const [path, bytes] of entries) {
    await mkdir(dirname(join(installed, path)), { recursive: true });
    await writeFile(join(installed, path), bytes);
  }
  const manifest = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as Manifest;
  await mkdir(join(modules, '.bin'));
  for (const [name, path] of Object.entries(manifest.bin)) {
    await chmod(join(installed, path), 0o755);
    const link = join(modules, '.bin', name);
    await symlink(relative(dirname(link), join(installed, path)), link);
  }
  const beside = { ...manifest.dependencies, ...manifest.optionalDependencies };
  for (const name of Object.keys(beside)) await linkPackage(project, name);
  return {
    size: archive.length,
    unpackedSize: entries.reduce((sum, [, bytes]) => sum + bytes.length, 0),
    paths: entries.map(([path]) => path).sort(),
    manifest,
  };
}

/** Puts a package of the tree beside the others. */
export async function linkPackage(project: string, name: string): Promise<void> {
  const link = join(project, 'node_modules', name);
  await mkdir(dirname(link), { recursive: true });
  await symlink(resolve('node_modules', name), link);
}
