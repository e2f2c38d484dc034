import { augmentRecipe } from '../core/augment.js';
import { UsageError } from '../core/errors.js';
import type { Files } from '../core/files.js';
import { joinedSource } from '../corpora/several.js';
import type { DataSource } from '../data/source.js';
import type { RecordingWorkers } from '../features/workers/recording-workers.js';
import type { Engine } from '../gpu/engine.js';
import { OwnEngine } from '../inference/own-engine.js';
import { writeRunCard } from '../runs/card.js';
import { settingsOf, type Spelling } from '../runs/choices.js';
import { mergeSettings, parseRunSettings, type RunSettings } from '../runs/settings.js';
import type { Tuning } from '../tuning/settle.js';
import { begunRun, newRun, resumedRun, type ReadyRun, type RunHost } from './begin.js';
import type { CorpusTrainOptions } from './corpus-options.js';
import { trainWithRecovery } from './train-with-recovery.js';
import type { RunResult } from './trainer.js';

/** Where `train` runs. */
export interface TrainHost {
  readonly files: Files;
  readonly openEngine: () => Promise<Engine>;
  readonly workers?: RecordingWorkers | undefined;
  /** Folder for features; undefined: none are stored. */
  readonly cache: string | undefined;
  readonly tuning: Tuning | undefined;
  /** A path that is right from any working folder. */
  readonly absolute: (path: string) => string;
}

const spell: Spelling = (option, value) =>
  value === undefined ? `\`${option}\`` : `\`${option}: '${value}'\``;

/**
 * Trains on a corpus, on a device of its own, which is closed at the end.
 *
 * @param options as checkOptions accepts them
 * @throws as newRun, resumedRun and trainWithRecovery
 */
export async function trainCorpus(
  options: CorpusTrainOptions,
  host: TrainHost,
): Promise<RunResult> {
  const { log, onEpoch, onProgress, onFeatures, signal } = options;
  let own: OwnEngine | undefined;
  const run: RunHost = {
    files: host.files,
    engine: async () => {
      own = await OwnEngine.open(host.openEngine);
      return own.engine;
    },
    forFeatures: {
      ...(host.cache !== undefined && { cache: host.cache }),
      workers: host.workers,
      warn: (line) => void log?.(`warning: ${line}`),
      ...(onFeatures && { onProgress: onFeatures }),
    },
    spell,
  };
  try {
    const ready = await (options.resume
      ? resume(run, options, host)
      : newRun(run, {
          ...options,
          source: newSource(options, host),
          settings: settingsFor(options),
        }));
    const result = await trainWithRecovery(
      {
        ...ready,
        ...(!options.resume && { seed: options.seed }),
        initFrom: options.initFrom,
        logFormats: options.logFormat,
        trace: options.trace,
        plan: options.plan,
        precision: options.precision,
        tuning: host.tuning,
        signal,
        log,
        onProgress: (told) => {
          onProgress?.(told);
          if (told.kind === 'epoch') onEpoch?.(told.log);
        },
      },
      () => own!.reopen(),
    );
    if (result.best !== undefined) {
      await writeRunCard(host.files, result.run, { name: `Run ${result.run}` });
    }
    return result;
  } finally {
    own?.close();
    await host.workers?.close();
  }
}

async function resume(
  run: RunHost,
  options: CorpusTrainOptions,
  host: TrainHost,
): Promise<ReadyRun> {
  const begun = await begunRun(run.files, options.out);
  const { data, manifest, allowOutside } = options;
  const given = data !== undefined || manifest !== undefined;
  const now = given ? newSource({ corpus: begun.source.corpus, ...options }, host) : undefined;
  const source = {
    ...begun.source,
    ...(now && { corpus: now.corpus, path: now.path }),
    ...(now?.corpora && { corpora: now.corpora }),
    ...(allowOutside && { allowOutside }),
  };
  if (source.corpus !== begun.source.corpus) {
    throw new UsageError(
      `${options.out} was trained on a corpus in the format ${begun.source.corpus}, not ${source.corpus}`,
      'Give the new path of the same recordings.',
    );
  }
  return resumedRun(run, { ...begun, source }, options);
}

/** @throws ConfigError for a configuration that is not valid */
function settingsFor({ config = {}, ...options }: CorpusTrainOptions): RunSettings {
  const base = parseRunSettings(config, 'config');
  const { augment, warmup } = options;
  return mergeSettings(
    base,
    settingsOf(
      {
        ...options,
        augment: augment === true ? augmentRecipe : augment === false ? {} : augment,
        warmup: warmup === undefined ? undefined : warmupOf(warmup),
      },
      base,
    ),
  );
}

function warmupOf(warmup: number | string): { warmup: number; warmupShare: number } {
  if (typeof warmup === 'number') return { warmup, warmupShare: 0 };
  return { warmup: 0, warmupShare: parseFloat(warmup) / 100 };
}

/**
 * The corpus that options name.
 *
 * @throws UsageError if they name none, or contradict each other
 */
function newSource(options: CorpusTrainOptions, { absolute }: TrainHost): DataSource {
  const { corpus, data, manifest, testSpeakers, seed = 0, allowOutside } = options;
  const { emotions, merge, style, minSeconds, maxSeconds, strict } = options;
  const list = typeof data === 'object' ? data : undefined;
  const where = manifest ?? (list ? undefined : (data as string | undefined));
  const clash = manifest !== undefined && data !== undefined;
  const missing = list === undefined && (where === undefined || (data !== undefined && !corpus));
  if (clash || missing) {
    throw new UsageError(
      clash ? '`manifest` was given together with `data`' : 'train was given no recordings',
      'Give `corpus` and `data`, its folder, or `manifest`, a CSV file.',
    );
  }
  const place = list
    ? joinedSource(list.map((each) => ({ ...each, path: absolute(each.path) })))
    : {
        corpus: manifest === undefined ? (corpus ?? 'manifest') : 'manifest',
        path: absolute(where!),
      };
  return {
    ...place,
    seed,
    ...(emotions && { emotions }),
    ...(merge && { merge }),
    ...(style && { style }),
    ...(minSeconds !== undefined && { minSeconds }),
    ...(maxSeconds !== undefined && { maxSeconds }),
    ...(strict && { strict }),
    ...(allowOutside && { allowOutside }),
    ...(testSpeakers && { testSpeakers }),
  };
}
