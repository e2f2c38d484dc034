import { EnsemblePredictor, type AnyPredictor } from '../../inference/ensemble.js';
import { type FeaturesOn, Predictor } from '../../inference/predictor.js';
import type { TrainedModel } from '../../model/folder.js';
import { loadTestData, type DataSource } from '../../data/source.js';
import type { Evaluation } from '../../metrics/metrics.js';
import { PRIOR_WARNING } from '../../metrics/prior.js';
import { evaluateTogether, type ModelOnData } from '../../scoring/evaluate-together.js';
import type { Cli } from '../cli.js';
import type { DataFlags } from '../options/data.js';
import { readPrior } from './prior.js';
import type { PriorFlag } from '../options/prior.js';
import { readGiven } from './model.js';

/** One model or more. */
export type TrainedModels = readonly [TrainedModel, ...TrainedModel[]];

/**
 * Reads the models that are to answer as one.
 *
 * @throws like readModel
 */
export async function readTogether(
  cli: Cli,
  [first, ...others]: readonly [string, ...string[]],
): Promise<TrainedModels> {
  const trained: [TrainedModel, ...TrainedModel[]] = [await readGiven(cli, first)];
  for (const model of others) trained.push(await readGiven(cli, model));
  return trained;
}

/**
 * The model, or several as one.
 *
 * @param models paths of all
 * @param featuresOn default: the GPU, unless it is a software adapter
 * @throws AdapterError; UsageError if the GPU has no kernels for the features; ConfigError if they differ in labels or features
 */
export async function openPredictor(
  cli: Cli,
  trained: TrainedModels,
  models: readonly string[],
  featuresOn?: FeaturesOn,
): Promise<AnyPredictor> {
  const engine = await cli.engine();
  const options = { ...cli.withRecovery, featuresOn };
  const open = trained.map((own) => new Predictor(engine, own, options));
  const [only] = open as [Predictor];
  if (open.length === 1) return only;
  try {
    return new EnsemblePredictor(open, models);
  } catch (error) {
    for (const own of open) own.destroy();
    throw error;
  }
}

/**
 * Scores of several models as one, or of one with a prior correction.
 *
 * @throws like evaluateTogether, readModel and loadTestData
 */
export async function scoresTogether(
  cli: Cli,
  models: readonly string[],
  source: DataSource,
  {
    task = 'emotion',
    prior: flag,
    featureMemory,
  }: Pick<DataFlags, 'featureMemory'> & { readonly task?: string; readonly prior?: PriorFlag },
): Promise<Evaluation> {
  const prior = flag === undefined ? undefined : await readPrior(cli, flag);
  if (prior !== undefined) cli.warn(`scores ${PRIOR_WARNING}`);
  const open: ModelOnData[] = [];
  try {
    for (const name of models) {
      const trained = await readGiven(cli, name);
      const predictor = new Predictor(await cli.engine(), trained, cli.withRecovery);
      const { featureSet, trimDb, normalisation, labels } = predictor;
      const dataset = await loadTestData(cli.files, source, labels, {
        ...{ task, featureSet, trimDb, normalisation, featureMemory },
        ...cli.forFeatures,
      });
      open.push({ predictor, dataset, name });
    }
    return await evaluateTogether(open, { task, prior, onProgress: cli.progressOf('evaluating') });
  } finally {
    for (const { predictor } of open) predictor.destroy();
  }
}
