/** The trainings behind a model: each is resumed where it was interrupted, and skipped where it is done. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { maps, type Recipe } from './recipes.js';

export interface Places {
  /** Folder by format of the corpus. */
  readonly corpora: Readonly<Record<string, string>>;
  readonly work: string;
  readonly cache: string;
  readonly adapter: string | undefined;
  /** Part of the trainings to do, such as `1/2`; undefined: all. */
  readonly shard: string | undefined;
}

/** Folds of speakers. */
const FOLDS = 5;
/** Of the trainings and the folds. */
export const SEED = 0;

/**
 * Trains a model for each fold of speakers, or without each corpus.
 *
 * @returns the folders of the runs
 */
export function trainExperiment(
  { name, emotions, train, settings }: Recipe,
  by: 'speakers' | 'corpora',
  places: Places,
): string[] {
  const out = join(places.work, name, by);
  const split =
    by === 'speakers'
      ? { kind: 'speaker-folds', folds: FOLDS, seed: SEED }
      : { kind: 'leave-one-corpus-out' };
  const protocol = {
    format: 'alstm-protocol-2',
    name: `${name}, ${by} held out`,
    corpus: {
      format: train.join('+'),
      corpora: train.map((corpus) => ({ corpus, ...mapOf(corpus) })),
      emotions,
    },
    split,
    settings,
    cells: [{ name: 'alstm' }],
    seeds: [SEED],
  };
  mkdirSync(join(places.work, name), { recursive: true });
  const file = join(places.work, name, `${by}.json`);
  writeFileSync(file, JSON.stringify(protocol));
  const data = train.map((corpus) => folderOf(corpus, places)).join(',');
  const part = places.shard === undefined ? [] : ['--shard', places.shard];
  command(['experiment', '--protocol', file, '--data', data, '--out', out, ...part], places);
  const runs = join(out, 'runs', 'alstm');
  return readdirSync(runs)
    .sort()
    .map((fold) => join(runs, fold, `seed-${SEED}`));
}

/** Trains the model itself, on all speakers. Returns its run folder. */
export function trainFinal({ name, emotions, train, settings }: Recipe, places: Places): string {
  const out = join(places.work, name, 'final');
  if (existsSync(join(out, 'done'))) return out;
  const config = join(places.work, name, 'final.json');
  mkdirSync(join(places.work, name), { recursive: true });
  writeFileSync(config, JSON.stringify(settings));
  const begun = existsSync(join(out, 'config.json'));
  command(
    begun
      ? ['train', '--resume', '--out', out]
      : [
          ...['train', '--corpus', train.join(','), '--emotions', emotions.join(',')],
          ...['--data', train.map((corpus) => folderOf(corpus, places)).join(',')],
          ...train.flatMap((corpus) =>
            Object.entries(maps[corpus] ?? {}).flatMap(([from, to]) => [
              '--map',
              `${corpus}:${from}=${to}`,
            ]),
          ),
          ...['--validation-share', '0', '--keep', 'last', '--config', config],
          ...['--seed', String(SEED), '--out', out],
        ],
    places,
  );
  writeFileSync(join(out, 'done'), '');
  return out;
}

function mapOf(corpus: string): { readonly map?: Readonly<Record<string, string>> } {
  const map = maps[corpus];
  return map === undefined ? {} : { map };
}

export function folderOf(corpus: string, { corpora }: Pick<Places, 'corpora'>): string {
  const folder = corpora[corpus];
  if (folder !== undefined) return folder;
  throw new Error(`the corpus ${corpus} is needed: give --corpora ${corpus}=FOLDER`);
}

function command(args: readonly string[], { cache, adapter }: Places): void {
  const all = [
    ...['dist/cli/main.js', ...args, '--cache', cache, '--no-tune'],
    ...(adapter === undefined ? [] : ['--adapter', adapter]),
  ];
  const { status } = spawnSync(process.execPath, ['--max-old-space-size=8000', ...all], {
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error(`alstm ${args[0] ?? ''} ended with ${status}`);
}
