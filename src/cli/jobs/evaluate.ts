import { UsageError } from '../../core/errors.js';
import { Predictor } from '../../inference/predictor.js';
import { confusionText } from '../../report/draw/text.js';
import { type DataSource, loadTestData } from '../../data/source.js';
import { isRegression } from '../../core/heads.js';
import { isRegressionEvaluation, type RegressionEvaluation } from '../../metrics/regression.js';
import { evaluateTask } from '../../scoring/evaluate.js';
import { decidingHead } from '../../scoring/validation.js';
import type { Evaluation } from '../../metrics/metrics.js';
import { isRunFolder, readRunConfig } from '../../runs/folder.js';
import type { Cli } from '../cli.js';
import { asksForData, dataSource, filtersOf, permissionsOf } from '../given/data.js';
import type { DataFlags } from '../options/data.js';
import { sourceThere } from '../given/moved-corpus.js';
import { scoresTogether } from '../given/ensemble.js';
import type { PriorFlag } from '../options/prior.js';
import { readGiven } from '../given/model.js';

export interface EvaluateFlags extends DataFlags {
  readonly with?: readonly string[];
  readonly prior?: PriorFlag;
  readonly task?: string;
}

export async function evaluateModel(cli: Cli, model: string, flags: EvaluateFlags): Promise<void> {
  const source = (await sourceOfRun(cli, model, flags)) ?? (await dataSource(cli, flags));
  if (flags.with !== undefined || flags.prior !== undefined) {
    const models = [model, ...(flags.with ?? [])];
    const scores = await scoresTogether(cli, models, source, flags);
    cli.result(scores, () => scoresText(scores));
    return;
  }
  const trained = await readGiven(cli, model);
  const predictor = new Predictor(await cli.engine(), trained, cli.withRecovery);
  try {
    const { featureMemory } = flags;
    const { heads } = predictor.model;
    const { task = decidingHead(predictor.model).task } = flags;
    if (!heads.some((head) => head.task === task)) {
      const known = heads.map((head) => head.task).join(', ');
      throw new UsageError(`the model has no task '${task}'`, `Its tasks are ${known}.`);
    }
    const numbers = heads.filter(isRegression).map((head) => head.task);
    const asked = { ...source, ...(numbers.length > 0 && { regression: numbers }) };
    const dataset = await loadTestData(cli.files, asked, predictor.labels, {
      task,
      ...cli.forFeatures,
      featureSet: predictor.featureSet,
      trimDb: predictor.trimDb,
      featureMemory,
      normalisation: predictor.normalisation,
    });
    const onProgress = cli.progressOf('evaluating');
    const scores = await evaluateTask(predictor, dataset, { task, seed: cli.seed, onProgress });
    cli.result(scores, () =>
      isRegressionEvaluation(scores) ? numbersText(scores) : scoresText(scores),
    );
  } finally {
    predictor.destroy();
  }
}

/**
 * The corpus that a run was trained on, or its new path: --data alone, without a format. Undefined
 * if the options alone name the corpus.
 */
async function sourceOfRun(
  cli: Cli,
  model: string,
  flags: EvaluateFlags,
): Promise<DataSource | undefined> {
  const { corpus, data, manifest, testSpeakers } = flags;
  const place = data !== undefined && corpus === undefined && manifest === undefined;
  if (asksForData(flags) && !place) return undefined;
  const hint = 'Give --corpus FORMAT and --data DIR, or --manifest FILE.';
  if (!(await isRunFolder(cli.files, model))) {
    if (place) return undefined;
    throw new UsageError(
      `${model} is not a run folder on this machine, so its test recordings are unknown`,
      hint,
    );
  }
  const { source } = (await readRunConfig(cli.files, model)).data;
  if (source === undefined)
    throw new UsageError(`${model} does not say what it was trained on`, hint);
  return {
    ...(await sourceThere(
      cli,
      source,
      { ...(data !== undefined && { data }) },
      model,
      source.corpus === 'manifest' ? '--data FILE' : '--data DIR',
    )),
    ...filtersOf(flags),
    ...permissionsOf(flags),
    ...(testSpeakers && { testSpeakers }),
  };
}

/** Scores of a regression task, with intervals where there are some. */
export function numbersText(scores: RegressionEvaluation): string[] {
  const { ccc, rmse, mae, pearson, utterances, intervals } = scores;
  const number = (value: number): string => value.toFixed(4).padStart(9);
  const ends = (name: 'ccc' | 'rmse'): string =>
    intervals === undefined
      ? ''
      : `  95%: ${intervals[name].map((x) => x.toFixed(4)).join(' to ')}`;
  return [
    `utterances ${utterances}`,
    `CCC       ${number(ccc)}  concordance correlation coefficient${ends('ccc')}`,
    `RMSE      ${number(rmse)}  root of the mean squared error${ends('rmse')}`,
    `MAE       ${number(mae)}  mean absolute error`,
    `Pearson r ${number(pearson)}`,
  ];
}

export function scoresText(scores: Evaluation): string[] {
  const share = (value: number): string => value.toFixed(4);
  const { sure } = scores;
  return [
    `utterances ${scores.utterances}`,
    `accuracy   ${share(scores.accuracy)}`,
    `UAR        ${share(scores.uar)}  unweighted average recall`,
    `MAF        ${share(scores.maf)}  macro-average F1`,
    `MAP        ${share(scores.map)}  macro-average precision`,
    ...(sure === undefined
      ? []
      : [
          `sure       ${share(sure.accuracy)}  accuracy of the ${share(sure.coverage)} of answers ` +
            `from a probability of ${sure.threshold} on`,
        ]),
    '',
    ...confusionText(scores.confusion, scores.labels).split('\n'),
  ];
}
