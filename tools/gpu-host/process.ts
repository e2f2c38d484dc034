/** Runs one program for a limited time, with its output in files. */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

export interface Ended {
  /** Its exit code; null if it was killed by a signal or never started. */
  readonly code: number | null;
  /** Why it ended early: its time limit, or because everything was stopped. */
  readonly early: 'late' | 'stopped' | undefined;
  readonly seconds: number;
}

export interface Job {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Files for its standard output and error. */
  readonly stdout: string;
  readonly stderr: string;
  /** Time limit in seconds. */
  readonly limit: number;
  /** Stops it earlier. */
  readonly signal: AbortSignal;
}

/** Seconds that a program has to exit after SIGTERM. */
const GRACE = 3;
/** The longest possible timer. */
const MOST = 2_000_000;

/** Runs a program in its own process group, so that its children end with it. */
export async function runProcess(job: Job): Promise<Ended> {
  const began = performance.now();
  const files = [openSync(job.stdout, 'w'), openSync(job.stderr, 'w')] as const;
  const child = spawn(job.command, job.args, {
    stdio: ['ignore', ...files],
    env: { ...process.env, ...job.environment },
    detached: true,
  });
  let early: Ended['early'];
  let forced: NodeJS.Timeout | undefined;
  const end = (why: Ended['early']): void => {
    if (early !== undefined) return;
    early = why;
    killGroup(child.pid, 'SIGTERM');
    forced = setTimeout(() => killGroup(child.pid, 'SIGKILL'), 1000 * GRACE);
  };
  const timer = setTimeout(
    () => end('late'),
    1000 * Math.max(0, Math.min(MOST, job.limit) - GRACE),
  );
  const stop = (): void => end('stopped');
  job.signal.addEventListener('abort', stop);
  try {
    const code = await new Promise<number | null>((done) => {
      child.on('error', () => done(null));
      child.on('exit', done);
    });
    return { code, early, seconds: (performance.now() - began) / 1000 };
  } finally {
    job.signal.removeEventListener('abort', stop);
    clearTimeout(timer);
    clearTimeout(forced);
    for (const file of files) closeSync(file);
  }
}

function killGroup(pid: number | undefined, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // it has ended
  }
}
