import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';

/** A Python with torch: `ALSTM_PYTHON`, or `python3`. */
const python = process.env['ALSTM_PYTHON'] ?? 'python3';

export const withTorch = spawnSync(python, ['-c', 'import torch']).status === 0;

/** A title that says why its tests are skipped. */
export function titleOf(what: string): string {
  if (withTorch) return what;
  return `${what} (skipped: ${python} has no torch; ALSTM_PYTHON names another)`;
}

/** What a script prints, as the JSON that it is. */
export async function answersOf(args: readonly string[]): Promise<unknown> {
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' };
  const { stdout } = await promisify(execFile)(python, args, { env, maxBuffer: 2 ** 26 });
  return JSON.parse(stdout) as unknown;
}
