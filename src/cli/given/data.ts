import { UsageError } from '../../core/errors.js';
import type { CorpusFilters, CorpusPermissions } from '../../corpora/filters.js';
import { joinedSource } from '../../corpora/several.js';
import type { DataSource } from '../../data/source.js';
import type { Cli } from '../cli.js';
import { partsOf, placesOf } from './corpora.js';
import { absolute } from '../options/values.js';
import type { FilterFlags, DataFlags } from '../options/data.js';

/** The filters that were given. */
export function filtersOf(flags: FilterFlags): CorpusFilters {
  const { emotions, merge, style, minSeconds, maxSeconds, strict } = flags;
  return {
    ...(emotions && { emotions }),
    ...(merge && { merge }),
    ...(style && { style }),
    ...(minSeconds !== undefined && { minSeconds }),
    ...(maxSeconds !== undefined && { maxSeconds }),
    ...(strict && { strict }),
  };
}

/** The permissions that were given. */
export function permissionsOf({ allowOutside }: FilterFlags): CorpusPermissions {
  return allowOutside ? { allowOutside } : {};
}

/** Whether any of the options was given. */
export function asksForData({ corpus, data, manifest }: DataFlags): boolean {
  return corpus !== undefined || data !== undefined || manifest !== undefined;
}

/**
 * The corpus that the options name, or several, with absolute paths, so that a run resumed from another
 * folder finds them again.
 *
 * @throws UsageError if they name none, or contradict each other; like partsOf
 */
export async function dataSource(cli: Cli, flags: DataFlags): Promise<DataSource> {
  const { corpus, data, manifest, testSpeakers } = flags;
  const where = manifest ?? data;
  const clash = manifest !== undefined && (corpus !== undefined || data !== undefined);
  if (clash || where === undefined || (data !== undefined && corpus === undefined)) {
    throw new UsageError(
      clash ? '--manifest was given together with --corpus or --data' : 'no recordings were given',
      'Give --corpus FORMAT and --data DIR, or --manifest FILE.',
    );
  }
  const parts = await partsOf(cli, flags);
  const places = parts && placesOf(where, parts);
  const whole = places && joinedSource(parts.map((part, i) => ({ ...part, path: places[i]! })));
  return {
    ...(whole ?? { corpus: corpus ?? 'manifest', path: absolute(where) }),
    seed: cli.seed,
    ...filtersOf(flags),
    ...permissionsOf(flags),
    ...(testSpeakers && { testSpeakers }),
  };
}
