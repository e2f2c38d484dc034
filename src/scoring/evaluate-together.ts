import { ConfigError, CorpusError, UsageError } from '../core/errors.js';
import {
  refuseOtherFeatures,
  refuseOtherNormalisation,
  refuseOtherTrimming,
} from '../data/dataset.js';
import type { Dataset } from '../data/dataset.js';
import type { Predictor } from '../inference/predictor.js';
import { meanProbabilities } from '../metrics/average.js';
import { evaluate, largest, sureScores, type Evaluation } from '../metrics/metrics.js';
import { meanConfidence, thresholdOf } from '../model/confidence.js';
import { correctEachSpeaker, sharesOf, type ClassPrior } from '../metrics/prior.js';
import { scorePredictor } from './evaluate.js';
import { labelledOf } from './score.js';

/** A model and the test utterances as it wants them. */
export interface ModelOnData {
  readonly predictor: Predictor;
  readonly dataset: Dataset;
  /** For errors, such as its path. */
  readonly name: string;
}

/** Which task several models are scored on, and whom to tell how far it is. */
export interface TogetherOptions {
  /** Default: emotion. */
  readonly task?: string | undefined;
  /** Correct the probabilities of each speaker's recordings to these shares (`correctToPrior`). */
  readonly prior?: ClassPrior | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/**
 * `evaluate` of several models as one, by the mean of their probabilities (SPEC, Ensemble); or of one, corrected to
 * a prior. Each model gets the same utterances with its own features, so these need not be the same.
 *
 * @example
 * const models = [{ predictor, dataset: data.validation, name: 'runs/first' }];
 * const { accuracy } = await evaluateTogether(models);
 *
 * @param models one or more
 * @throws ConfigError if they differ in labels of the task or were given other utterances; CorpusError if a prior is
 *   given and an utterance has no speaker; UsageError as `evaluate`, and for a prior of other labels
 */
export async function evaluateTogether(
  models: readonly ModelOnData[],
  { task = 'emotion', prior, onProgress }: TogetherOptions = {},
): Promise<Evaluation> {
  const [first] = models;
  if (first === undefined) throw new ConfigError('no model was given', 'Give one or more.');
  const labels = first.predictor.labels[task];
  const head = first.predictor.model.heads.find((own) => own.task === task);
  if (head === undefined || labels === undefined) {
    throw new UsageError(
      `the model has no classes of the task "${task}"`,
      `It has ${Object.keys(first.predictor.labels).join(', ')}.`,
    );
  }
  const rows = labelledOf(first.dataset, head);
  if (rows.length === 0) {
    throw new UsageError(
      `no utterance has a label for the task "${task}"`,
      'Give utterances with labels that the model knows.',
    );
  }
  const each: (readonly Float64Array[])[] = [];
  for (const model of models) {
    refuseUnlike(model, first, task);
    const { predictor, dataset } = model;
    const own = predictor.model.heads.findIndex((other) => other.task === task);
    const { answers } = await scorePredictor(predictor, dataset, { rows, onProgress });
    each.push(answers.map(({ probabilities }) => probabilities[own]!));
  }
  const mean = rows.map((_, i) => meanProbabilities(each.map((own) => own[i]!)));
  const scores =
    prior === undefined
      ? mean
      : correctEachSpeaker(mean, speakersOf(first.dataset, rows), sharesOf(prior, labels));
  const truth = first.dataset.targets[task]!;
  const wanted = rows.map((row) => truth[row]!);
  const evaluation = evaluate(
    wanted,
    scores.map((own) => largest(own)),
    labels,
  );
  // No threshold was measured on corrected probabilities.
  const confidence = meanConfidence(models.map(({ predictor }) => predictor.confidence));
  const threshold = prior === undefined ? thresholdOf(confidence, task) : undefined;
  if (threshold === undefined) return evaluation;
  return { ...evaluation, sure: sureScores(wanted, scores, threshold) };
}

function refuseUnlike({ predictor, dataset, name }: ModelOnData, first: ModelOnData, task: string) {
  refuseOtherFeatures(dataset, predictor.featureSet);
  refuseOtherTrimming(dataset, predictor.trimDb);
  refuseOtherNormalisation(dataset, predictor.normalisation);
  const [own, wanted] = [predictor.labels[task] ?? [], first.predictor.labels[task] ?? []];
  if (own.join('\n') !== wanted.join('\n')) {
    throw new ConfigError(
      `${name} has the labels ${own.join(', ') || 'of no such task'}, ${first.name} has ${wanted.join(', ')}`,
      'Average models with the same labels.',
    );
  }
  if (dataset.paths.join('\n') === first.dataset.paths.join('\n')) return;
  throw new ConfigError(
    `${name} and ${first.name} were given other utterances`,
    'Give each the same, with its own features.',
  );
}

function speakersOf({ speakers, paths }: Dataset, rows: readonly number[]): string[] {
  return rows.map((row) => {
    const speaker = speakers?.[row];
    if (speaker !== undefined) return speaker;
    throw new CorpusError(
      `${paths[row]} has no speaker, but a prior is corrected to by speaker`,
      'Label its speaker, or leave out the prior.',
    );
  });
}
