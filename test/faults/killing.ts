import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import { beforeAll } from 'vitest';
import type { CliOptions } from '../cli/run-cli.js';

/** Runs of the command under `kill-at.ts`, which is compiled into the folder of a file of tests. */
export function killing(at: (...parts: readonly string[]) => string) {
  beforeAll(() => {
    const source = readFileSync(new URL('kill-at.ts', import.meta.url), 'utf8');
    const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
    writeFileSync(at('kill-at.mjs'), ts.transpileModule(source, { compilerOptions }).outputText);
  });
  const watched = (folder: string, env: NodeJS.ProcessEnv): CliOptions => {
    const load = `--import ${pathToFileURL(at('kill-at.mjs')).href}`;
    return { env: { NODE_OPTIONS: load, ALSTM_KILL_IN: folder, ...env } };
  };
  return {
    /** A process that is killed right before, or in the middle of, its n-th call that changes files below a folder. */
    atCall: (folder: string, call: number): CliOptions =>
      watched(folder, { ALSTM_KILL_AT: String(call) }),
    /** A process whose calls that change files below a folder are counted, and their number once it has ended. */
    counting: (folder: string): { options: CliOptions; calls: () => number } => {
      rmSync(at('calls'), { force: true });
      return {
        options: watched(folder, { ALSTM_KILL_COUNT: at('calls') }),
        calls: () => (existsSync(at('calls')) ? Number(readFileSync(at('calls'), 'utf8')) : 0),
      };
    },
  };
}
