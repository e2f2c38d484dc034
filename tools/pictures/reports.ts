import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Cut } from './shoot.js';

/** A part of a report. */
export interface ReportScene extends Cut {
  readonly name: string;
  readonly report: 'demo' | 'experiment';
}

export const reportScenes: readonly ReportScene[] = [
  { name: 'report', report: 'experiment', to: 'main > section:nth-of-type(1)' },
  {
    name: 'report-learning',
    report: 'experiment',
    from: 'main > section:nth-of-type(4)',
    to: 'main > section:nth-of-type(4)',
  },
  {
    name: 'demo',
    report: 'demo',
    from: 'main > section:nth-of-type(1)',
    to: 'main > section:nth-of-type(2) figure',
  },
];

/** Of 35 runs on people's speech, in the repository: what it shows does not depend on the machine that takes pictures. */
export const EXPERIMENT = join('bench', 'experiments', 'unseen-voices', 'emodb', 'report.html');

/**
 * Runs `alstm demo`, as it was built.
 *
 * @param work a folder that it may write to
 * @param signal ends it
 * @returns the path of its report
 */
export async function demoReport(work: string, signal: AbortSignal): Promise<string> {
  const cli = resolve('dist', 'cli', 'main.js');
  const args = [cli, 'demo', '--out', 'demo', '--adapter', 'swiftshader', '--cache', 'cache'];
  await promisify(execFile)(process.execPath, args, { cwd: work, signal });
  return join(work, 'demo', 'report.html');
}
