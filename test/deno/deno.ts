import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { messageOf } from '../../src/core/errors.js';
import { packagedSwiftShader } from '../../src/platform/node/swiftshader.js';
import { findVulkanDrivers } from '../../src/platform/node/vulkan.js';
import { testAdapter } from '../support/gpu.js';
import { installBrowserBuild } from '../support/installed.js';
import { driverEnvironment } from '../support/vulkan.js';
import type { Answer, CompileJob, Request } from './messages.js';

/** Deno's executable of the npm package, as the package finds it: also where no install script ran. */
export function denoExecutable(): string {
  const install = createRequire(import.meta.url)('deno/install_api.cjs') as {
    runInstall(): string;
  };
  return install.runInstall();
}

/** wgpu would look for an OpenGL driver too. */
const only = (driver: string, ...libraries: readonly string[]): NodeJS.ProcessEnv => ({
  DENO_WEBGPU_BACKEND: 'vulkan',
  ...driverEnvironment(driver, ...libraries),
});

/** The adapter that ALSTM_ADAPTER names, or else what computes soonest: a GPU is not looked for. */
export async function denoAdapter(): Promise<NodeJS.ProcessEnv> {
  const choice = testAdapter() ?? 'swiftshader';
  if (choice === 'lavapipe') return (await lavapipe()) ?? {};
  if (choice === 'gpu') return {};
  const { description, loader } = await packagedSwiftShader();
  return only(description, dirname(loader));
}

/**
 * Mesa's lavapipe: that which ALSTM_TEST_LAVAPIPE describes, with its libraries in
 * ALSTM_TEST_LAVAPIPE_LIBRARIES, or that which is installed. It compiles pipelines late, so that many can be made.
 */
export async function lavapipe(): Promise<NodeJS.ProcessEnv | undefined> {
  const named = process.env['ALSTM_TEST_LAVAPIPE'];
  if (named) {
    const { loader } = await packagedSwiftShader();
    return only(named, process.env['ALSTM_TEST_LAVAPIPE_LIBRARIES'] ?? '', dirname(loader));
  }
  const { searched } = await findVulkanDrivers();
  const driver = searched.find((path) => basename(path).startsWith('lvp_icd'));
  return driver === undefined ? undefined : only(driver);
}

/** A new project with the package installed, and copies of these files of test/. */
export async function denoProject(files: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'alstm-deno-'));
  await installBrowserBuild(folder);
  for (const file of files) await copyFile(file, join(folder, basename(file)));
  return folder;
}

export const removeProject = (folder: string) => rm(folder, { recursive: true, force: true });

interface Running {
  readonly child: ChildProcessWithoutNullStreams;
  readonly answers: AsyncIterator<string>;
  stderr: string;
}

/** A Deno that runs test/deno/service.ts and answers one request after the other; a new one where it has ended. */
export class DenoService {
  #running: Running | undefined;

  constructor(
    readonly project: string,
    readonly env: NodeJS.ProcessEnv,
  ) {}

  /** What computes there. */
  async adapter() {
    await this.close();
    const { hello } = await this.#start();
    return hello;
  }

  /** Answers up to the last; throws where the process fails or ends, and says over what. */
  async ask(request: Request): Promise<Answer[]> {
    const running = this.#running ?? (await this.#start()).running;
    running.child.stdin.write(`${JSON.stringify(request)}\n`);
    const answers: Answer[] = [];
    let at = 'fixture' in request ? request.fixture : '';
    for (;;) {
      const answer = await this.#next(running, at);
      if ('failure' in answer) throw new Error(`${at}: ${answer.failure}`);
      if ('begun' in answer) at = answer.begun;
      else answers.push(answer);
      if ('compared' in answer || 'compiled' in answer) return answers;
    }
  }

  /** What is wrong with shaders, and which ended the process: empty where all compile. */
  async compile(jobs: readonly CompileJob[]): Promise<string[]> {
    try {
      const answers = await this.ask({ compile: jobs });
      return answers.flatMap((own) => ('refused' in own ? `${own.refused}: ${own.problem}` : []));
    } catch (error) {
      return [messageOf(error)];
    }
  }

  async close(): Promise<void> {
    const child = this.#running?.child;
    this.#running = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.stdin.end();
    await ended;
  }

  async #start() {
    const child = spawn(denoExecutable(), ['run', '-A', '--unstable-webgpu', 'service.ts'], {
      cwd: this.project,
      env: { ...process.env, NO_COLOR: '1', ...this.env },
    });
    const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const running: Running = { child, answers, stderr: '' };
    child.stderr.on('data', (chunk: Buffer) => (running.stderr += chunk.toString()));
    child.stdin.on('error', () => undefined); // it has ended: the answer that does not come says so
    this.#running = running;
    const hello = await this.#next(running, 'its start');
    if (!('adapter' in hello)) throw new Error(`Deno began with ${JSON.stringify(hello)}`);
    return { running, hello };
  }

  async #next(running: Running, at: string): Promise<Answer> {
    const line = await running.answers.next();
    if (line.done !== true) return JSON.parse(line.value) as Answer;
    this.#running = undefined;
    throw new Error(`Deno ended over ${at}: ${running.stderr.trim().slice(0, 1000)}`);
  }
}
