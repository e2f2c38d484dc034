import { spawn } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { onTestFinished } from 'vitest';

/** A new folder that anyone may enter, and that goes when the test ends. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'alstm-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await chmod(folder, 0o755);
  return folder;
}

/** Makes of `folder` a project with some rooms of src/ as JavaScript, and these packages and no others. */
export async function installRooms(
  folder: string,
  rooms: readonly string[],
  packages: readonly string[],
): Promise<void> {
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
  for (const room of rooms) {
    for (const name of await readdir(join('src', room), { recursive: true })) {
      if (!name.endsWith('.ts') || name.endsWith('.d.ts')) continue;
      const source = await readFile(join('src', room, name), 'utf8');
      const { outputText } = ts.transpileModule(source, { compilerOptions });
      const path = join(folder, 'src', room, name.replace(/\.ts$/, '.js'));
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, outputText);
    }
  }
  await writeFile(join(folder, 'package.json'), '{"type": "module"}');
  for (const name of packages) {
    const source = join('node_modules', name);
    await cp(source, join(folder, source), { recursive: true, filter: isNeeded });
  }
}

/** Leaves out Chromium itself and the bindings of other systems: 150 MB that nothing here loads. */
function isNeeded(path: string): boolean {
  const system = /[/\\]dist[/\\]((?:linux|darwin|win32)-[^/\\]+)/.exec(path)?.[1];
  const here = process.platform === 'darwin' ? 'universal' : process.arch;
  if (system !== undefined && system !== `${process.platform}-${here}`) return false;
  return !path.endsWith('chromium.br');
}

export interface Ended {
  /** Exit code, or the signal that ended it. */
  readonly status: number | NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs ES module text in a Node of its own, in `folder`. It is killed (status SIGKILL) after 30 s. */
export function runModule(
  folder: string,
  code: string,
  options: { env?: NodeJS.ProcessEnv; uid?: number } = {},
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', code], {
      cwd: folder,
      env: { ...process.env, ...options.env },
      timeout: 30_000,
      killSignal: 'SIGKILL',
      ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ status: code ?? signal, stdout, stderr }));
  });
}
