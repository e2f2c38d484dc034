import { Interruption } from '../../src/cli/environment.js';
import { runCli } from '../../src/cli/program.js';
import type { Files } from '../../src/core/files.js';
import { userCacheFolder } from '../../src/platform/node-cache.js';
import { testAdapter } from '../support/gpu.js';

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one command line on the given files, on the adapter that tests run on. */
export async function alstm(files: Files, ...argv: readonly string[]): Promise<CommandResult> {
  let stdout = '';
  let stderr = '';
  const adapter = testAdapter();
  const code = await runCli([...(adapter ? ['--adapter', adapter] : []), ...argv], {
    files,
    stdout: { write: (text) => void (stdout += text) },
    stderr: { write: (text) => void (stderr += text) },
    cache: userCacheFolder(),
    interruption: new Interruption(),
    debug: false,
  });
  return { code, stdout, stderr };
}
