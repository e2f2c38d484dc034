import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { Interruption } from '../../src/cli/environment.js';
import { runCli } from '../../src/cli/run-cli.js';
import type { Files } from '../../src/core/files.js';
import { userCacheFolder } from '../../src/platform/node/cache.js';
import { NodeFiles } from '../../src/platform/node/files.js';
import { testAdapter } from '../support/gpu.js';
import type { Ended } from '../support/process.js';

/** The built command: of the tree, or the one installed elsewhere that ALSTM_CLI names. */
export const command = (): string => resolve(process.env['ALSTM_CLI'] || builtCommand());

/** What a test runs is what is in src/: an older build is refused. */
function builtCommand(): string {
  const path = join('dist', 'cli', 'main.js');
  if (!existsSync(path)) throw new Error(`there is no ${path}: npm run build`);
  const built = statSync(path).mtimeMs;
  for (const name of readdirSync('src', { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts') || statSync(join('src', name)).mtimeMs <= built) continue;
    throw new Error(`dist/ is older than src/${name}: npm run build`);
  }
  return path;
}

export interface CliOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly onStart?: (child: ChildProcess) => void;
  /** Told of what it has written to standard error so far, with the process that wrote it. */
  readonly onStderr?: (text: string, child: ChildProcess) => void;
  /** A command that runs the process, such as `nice`. */
  readonly through?: readonly string[];
  /** Close standard output as soon as this much was read. */
  readonly closeAfter?: number;
  /** After so many seconds it is killed; default: 60. */
  readonly deadline?: number;
}

/** Runs the command in a process of its own; it is killed (status SIGKILL) at its deadline. */
export function alstm(args: readonly string[], options: CliOptions = {}): Promise<Ended> {
  const { cwd, env, onStart, onStderr, through = [], closeAfter, deadline = 60 } = options;
  const [program = '', ...before] = [...through, process.execPath];
  return new Promise((done, fail) => {
    const child = spawn(program, [...before, command(), ...args], {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 1000 * deadline,
      killSignal: 'SIGKILL',
    });
    onStart?.(child);
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      if (closeAfter !== undefined && stdout.length >= closeAfter) child.stdout.destroy();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
      onStderr?.(stderr, child);
    });
    child.on('error', fail);
    child.on('close', (code, signal) => done({ status: code ?? signal, stdout, stderr }));
  });
}

/**
 * Runs a command line within this process: everything but `main.ts`, on any files.
 *
 * @param options `cache`: a folder on disk, even where `files` are not; `threads`: worker threads may be started, which
 *   read the disk
 */
export async function alstmHere(
  args: readonly string[],
  options: {
    readonly files?: Files;
    readonly cache?: string;
    readonly threads?: boolean;
    readonly stdin?: string;
    readonly colors?: boolean;
    readonly interruption?: Interruption;
  } = {},
): Promise<Ended> {
  const { files = new NodeFiles(), cache = userCacheFolder(), threads = false, stdin } = options;
  const written = { stdout: '', stderr: '' };
  const { colors = false, interruption = new Interruption() } = options;
  const console = {
    stdout: { write: (text: string) => void (written.stdout += text), colors },
    stderr: { write: (text: string) => void (written.stderr += text), colors },
    debug: false,
  };
  const status = await runCli(args, console, () => ({
    ...console,
    files,
    ...(stdin !== undefined && { stdin: Readable.from([stdin]) }),
    cache,
    interruption,
    open: new Set(),
    threads,
  }));
  return { status, ...written };
}

/** `--adapter` as tests are told to take it. */
export function adapterArgs(): string[] {
  const adapter = testAdapter();
  return adapter === undefined ? [] : ['--adapter', adapter];
}

/** The error that was printed: its line and its hint, without the name in front and other lines. */
export function errorOf({ stderr }: Ended): { message: string; hint: string } {
  const lines = stderr.split('\n');
  const at = lines.findIndex((line) => line.startsWith('alstm: '));
  const found = lines.filter((line) => line.startsWith('alstm: '));
  if (found.length !== 1) throw new Error(`want one error line, got ${JSON.stringify(stderr)}`);
  const hint = lines[at + 1] ?? '';
  return { message: lines[at]?.slice('alstm: '.length) ?? '', hint: hint.trim() };
}

/** Every line of output as the JSON that it is. */
export function jsonLines({ stdout }: Ended): unknown[] {
  const lines = stdout.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as unknown);
}

export async function writeFiles(
  folder: string,
  files: Readonly<Record<string, Uint8Array | string>>,
): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
}

/** Paths of all files below a folder, sorted; none where it does not exist. */
export function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const all = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return all.filter((name) => statSync(join(folder, name)).isFile()).sort();
}
