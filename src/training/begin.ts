import { ConfigError, UsageError } from '../core/errors.js';
import type { Files } from '../core/files.js';
import { mainTask } from '../corpora/labels.js';
import type { ValidationUnit } from '../corpora/split.js';
import { loadTrainingData, type DataSource, type RunData } from '../data/source.js';
import type { BulkOptions } from '../features/workers/bulk.js';
import type { Engine } from '../gpu/engine.js';
import {
  withNormalisation,
  type HeadChoices,
  type NormaliseChoices,
  type Spelling,
} from '../runs/choices.js';
import type { RunConfig } from '../runs/config.js';
import { readRunConfig, refuseUsedFolder } from '../runs/folder.js';
import { regressionTasks, withHeads } from '../runs/head-settings.js';
import { featureSource, headTasks, resolveTraining, wantsFunctionals } from '../runs/settings.js';
import type { RunSettings } from '../runs/settings.js';
import { takesFunctionals } from '../session/batch.js';
import { type ClassWeights, resolveWeights } from './class-weights.js';
import type { TrainOptions } from './trainer.js';

/** Where a run is made. */
export interface RunHost {
  readonly files: Files;
  /** Opens the device, when everything else is checked. */
  readonly engine: () => Promise<Engine>;
  /** How features are computed. */
  readonly forFeatures: BulkOptions;
  readonly spell: Spelling;
}

/** How utterances are held out for validation. */
export interface ValidationChoices {
  /** Speakers held out for validation; default: a tenth of the training utterances. */
  readonly validationSpeakers?: readonly string[] | undefined;
  /** Share of the training utterances held out for validation; default: 0.1. 0: none, which needs `keep: 'last'`. */
  readonly validationShare?: number | undefined;
  /** What validation is drawn by: utterances (default), or whole speakers. */
  readonly validateBy?: ValidationUnit | undefined;
}

/** What a new run is to be. */
export interface NewRun extends ValidationChoices, HeadChoices, NormaliseChoices {
  readonly out: string;
  /** What is not of its features. */
  readonly source: DataSource;
  readonly settings: RunSettings;
  readonly headHidden?: number | undefined;
  readonly classWeights?: ClassWeights | undefined;
  readonly featureMemory?: number | undefined;
}

/** What `train` is given of a run that was prepared. */
export type ReadyRun = Pick<TrainOptions, 'engine' | 'files' | 'out' | 'data' | 'settings'> & {
  readonly resume?: true;
};

/**
 * Reads the corpus of a new run and computes its features, once all that can be checked before is checked.
 *
 * @throws UsageError for choices that do not go together; FileError if the folder is used; ConfigError for settings that
 *   are not valid; like loadTrainingData
 */
export async function newRun(
  { files, engine, forFeatures, spell }: RunHost,
  given: NewRun,
): Promise<ReadyRun> {
  const { out, validationSpeakers, validationShare, validateBy } = given;
  const settings = withNormalisation(given.settings, given, spell);
  const numbers = [...new Set([...(given.regression ?? []), ...regressionTasks(settings)])];
  const source = {
    ...given.source,
    ...(numbers.length > 0 && { regression: numbers }),
    ...(validationSpeakers && { validationSpeakers }),
    ...(validationShare !== undefined && { validationShare }),
    ...(validateBy && { validateBy }),
    ...featureSource(settings, 'options'),
  };
  const { keep } = resolveTraining(settings, 'options');
  if (validationShare === 0 && keep !== 'last') {
    throw new UsageError(
      'without validation there is no best epoch',
      `Keep the last one (${spell('keep', 'last')}), or give ${spell('validationShare')} a share above 0.`,
    );
  }
  await refuseUsedFolder(files, out); // before the features of a whole corpus are computed
  const own = await engine();
  const heads = settings.model?.heads?.map(({ task }) => task);
  const data = await loadTrainingData(files, source, {
    ...(heads && { task: mainTask(heads) }),
    featureMemory: given.featureMemory,
    functionals: wantsFunctionals(settings),
    ...forFeatures,
  });
  return {
    engine: own,
    files,
    out,
    data,
    settings: withHeads(settings, headTasks(settings, Object.keys(data.labels)), {
      hidden: given.headHidden,
      labelSmoothing: given.labelSmoothing,
      classWeights: weightsOf(given.classWeights, data),
      regression: given.regression,
      regressionLoss: given.regressionLoss,
      reversal: given.reversal,
    }),
  };
}

function weightsOf(
  weights: ClassWeights | undefined,
  data: RunData,
): readonly number[] | undefined {
  const { emotion } = data.training.targets;
  return weights && emotion && resolveWeights(weights, emotion, data.labels['emotion'] ?? []);
}

/** A run that was begun, to resume it. */
export interface BegunRun {
  readonly out: string;
  readonly model: RunConfig['model'];
  /** The recordings that it was started with. */
  readonly source: DataSource;
}

/**
 * Finds out what a run was started with.
 *
 * @throws FileError if it is not there; ConfigError if it does not say where its data are from
 */
export async function begunRun(files: Files, out: string): Promise<BegunRun> {
  const { model, data } = await readRunConfig(files, out);
  if (data.source !== undefined) return { out, model, source: data.source };
  throw new ConfigError(
    `${out} does not say what it was trained on`,
    'It was started from a program, which has to resume it.',
  );
}

/**
 * Reads the corpus of a run again, to resume it.
 *
 * @param begun with the place where its recordings are now
 * @throws like loadTrainingData
 */
export async function resumedRun(
  { files, engine, forFeatures }: RunHost,
  { out, model, source }: BegunRun,
  {
    featureMemory,
    onNonFinite,
  }: {
    readonly featureMemory?: number | undefined;
    readonly onNonFinite?: NonNullable<RunSettings['training']>['onNonFinite'] | undefined;
  },
): Promise<ReadyRun> {
  const own = await engine();
  const data = await loadTrainingData(files, source, {
    ...{ task: mainTask(model.heads.map((head) => head.task)), allowUntrained: true },
    ...{ featureMemory, functionals: takesFunctionals(model) },
    ...forFeatures,
  });
  const settings = onNonFinite && { training: { onNonFinite } };
  return { engine: own, files, out, data, resume: true, ...(settings && { settings }) };
}
