import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** Reads a small file of the system; undefined where there is none. */
type ReadSmall = (path: string) => string | undefined;

/**
 * Cores that this process can keep busy: those it may run on, and no more than the processor time that its
 * container gets, which Node 20 does not look at.
 */
export function usableCores(
  available: number = availableParallelism(),
  read: ReadSmall = readSmall,
): number {
  const quota = quotaOf(read);
  return Math.max(1, quota === undefined ? available : Math.min(available, Math.ceil(quota)));
}

/** Processor time per time, in cores: of cgroup v2, then of v1. */
function quotaOf(read: ReadSmall): number | undefined {
  const [most, period] = read('/sys/fs/cgroup/cpu.max')?.trim().split(/\s+/) ?? [];
  return (
    share(most, period) ??
    share(read('/sys/fs/cgroup/cpu/cpu.cfs_quota_us'), read('/sys/fs/cgroup/cpu/cpu.cfs_period_us'))
  );
}

/** `max` and -1 mean that there is no limit. */
function share(most: string | undefined, period: string | undefined): number | undefined {
  const quota = Number(most) / Number(period);
  return quota > 0 && Number.isFinite(quota) ? quota : undefined;
}

function readSmall(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined; // not Linux, or no such limit
  }
}
