/** The memory and the open files of another process, looked at while it works (Linux). */
import type { ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

interface Look {
  readonly seconds: number;
  /** Resident memory in MB. */
  readonly rss: number;
  readonly descriptors: number;
}

const EVERY_MILLISECONDS = 200;
/** Share of its time that is warm-up: code is compiled, pools fill. */
const WARM_UP = 0.3;

export const canWatch = process.platform === 'linux';

/** Looks at a process from its start to its end; for `onStart` of a command. */
export class ProcessWatch {
  readonly #looks: Look[] = [];

  readonly start = ({ pid }: ChildProcess): void => {
    const began = performance.now();
    const look = (): void => {
      const now = lookAt(pid, (performance.now() - began) / 1000);
      if (now) this.#looks.push(now);
      else clearInterval(timer);
    };
    const timer = setInterval(look, EVERY_MILLISECONDS);
  };

  /** What was seen after the warm-up: the first and last thirds' highest, and the highest of all. */
  summary() {
    const all = this.#looks;
    const end = all.at(-1)?.seconds ?? 0;
    const later = all.filter(({ seconds }) => seconds >= WARM_UP * end);
    const third = Math.ceil(later.length / 3);
    const highest = (looks: readonly Look[], kind: 'rss' | 'descriptors'): number =>
      Math.max(0, ...looks.map((look) => look[kind]));
    const of = (kind: 'rss' | 'descriptors') => ({
      early: highest(later.slice(0, third), kind),
      late: highest(later.slice(-third), kind),
      highest: highest(all, kind),
    });
    return { seconds: end, looks: all.length, rss: of('rss'), descriptors: of('descriptors') };
  }
}

/** Undefined when the process is gone. */
function lookAt(pid: number | undefined, seconds: number): Look | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const rss = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
    if (!Number.isFinite(rss)) return undefined; // it has ended
    return { seconds, rss: Math.round(rss), descriptors: readdirSync(`/proc/${pid}/fd`).length };
  } catch {
    return undefined;
  }
}
