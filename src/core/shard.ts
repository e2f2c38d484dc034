import { UsageError } from './errors.js';

/** One of `count` parts of some work; `index` from 0. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/**
 * A shard as `--shard` takes it: `i/n` with i from 1 to n, or `auto` in a Slurm array job, `auto/n` in a
 * Kubernetes indexed job (whose index is from 0).
 *
 * @throws UsageError for anything else, and if the environment has no such variables
 */
export function parseShard(
  text: string,
  environment: Readonly<Record<string, string | undefined>>,
): Shard {
  const [, first = '', last] = /^(auto|\d+)(?:\/(\d+))?$/.exec(text) ?? [];
  const at = first === 'auto' ? ownIndex(environment) : { index: Number(first) - 1 };
  const count = last === undefined ? at?.count : Number(last);
  if (at !== undefined && count !== undefined && at.index >= 0 && at.index < count) {
    return { index: at.index, count };
  }
  throw new UsageError(
    first === 'auto'
      ? `--shard ${text}: neither a Slurm array (SLURM_ARRAY_TASK_ID) nor a Kubernetes index (JOB_COMPLETION_INDEX) fits`
      : `--shard ${text} is not a valid shard`,
    'Give i/n with i from 1 to n, auto in a Slurm array, auto/n in a Kubernetes indexed job.',
  );
}

function ownIndex(
  environment: Readonly<Record<string, string | undefined>>,
): { readonly index: number; readonly count?: number } | undefined {
  const { SLURM_ARRAY_TASK_ID: task, SLURM_ARRAY_TASK_MIN: min } = environment;
  const { SLURM_ARRAY_TASK_COUNT: count, JOB_COMPLETION_INDEX: completion } = environment;
  if (task !== undefined) {
    const index = Number(task) - Number(min ?? 0);
    return count === undefined ? { index } : { index, count: Number(count) };
  }
  return completion === undefined ? undefined : { index: Number(completion) };
}

/**
 * Whether a shard has the item of this name. It depends on the name alone, so that all shards together have each item
 * once, in whatever order they find them and whatever is added meanwhile.
 *
 * @param key such as the path of a recording
 */
export function isInShard(key: string, { index, count }: Shard): boolean {
  return hashOf(key) % count === index;
}

/** FNV-1a over UTF-8 bytes, mixed once more (the last step of MurmurHash3): its lowest bits alone are uneven. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
