import { ConfigError } from '../core/errors.js';
import type { ModelConfig } from '../core/config.js';
import { isRegression } from '../core/heads.js';
import { brief } from '../core/json.js';
import type { LabelSets } from '../core/labels.js';
import { checkSchema } from '../core/schema.js';
import { mean } from '../core/sum.js';
import { confidenceSchema } from './confidence-schema.js';

/** From which probability on a model is sure of an answer, and how often it is right then. */
export interface Confidence {
  /** Of the highest probability, in (0, 1): below it the answer is "not sure". */
  readonly threshold: number;
  /** On speakers that were held out, by how many of their recordings were at hand. */
  readonly measured: readonly SureAnswers[];
}

/** What came of the answers that a model was sure of. */
export interface SureAnswers {
  /** Recordings known of each speaker. */
  readonly recordings: number;
  /** Share of all answers that reach the threshold, in [0, 1]. */
  readonly coverage: number;
  /** Share of those that are right, in [0, 1]. */
  readonly accuracy: number;
}

/**
 * By task of classes.
 *
 * @example
 * const confidence: ConfidenceByTask | undefined = predictor.confidence;
 * console.log(confidence?.['emotion']?.threshold);
 */
export type ConfidenceByTask = Readonly<Record<string, Confidence>>;

/**
 * Refuses numbers that cannot be read back, and tasks that the model gives no label for.
 *
 * @throws ConfigError
 */
export function checkConfidence(
  confidence: ConfidenceByTask,
  { heads }: ModelConfig,
  labels: LabelSets,
  source: string,
): void {
  checkSchema(confidenceSchema, confidence, source, ['confidence']);
  for (const task of Object.keys(confidence)) {
    const head = heads.find((one) => one.task === task);
    if (head !== undefined && !isRegression(head) && Object.hasOwn(labels, task)) continue;
    throw new ConfigError(
      `${source}: confidence has the task ${brief(task)}, for which the model gives no label`,
      'Leave it out, or name a task of labels.',
    );
  }
}

/** The threshold of a task; undefined if the model has none. */
export function thresholdOf(
  confidence: ConfidenceByTask | undefined,
  task: string,
): number | undefined {
  if (confidence === undefined || !Object.hasOwn(confidence, task)) return undefined;
  return confidence[task]!.threshold;
}

/**
 * That of several models averaged as one: for tasks that each of them has a threshold of, the mean of the thresholds.
 * Nothing of it was measured. Undefined if there is no such task.
 */
export function meanConfidence(
  models: readonly (ConfidenceByTask | undefined)[],
): ConfidenceByTask | undefined {
  const tasks = Object.keys(models[0] ?? {}).flatMap((task) => {
    const known = models.map((one) => thresholdOf(one, task)).filter((own) => own !== undefined);
    if (known.length < models.length) return [];
    const threshold = mean(known);
    return [[task, { threshold, measured: [] }] as const];
  });
  return tasks.length === 0 ? undefined : Object.fromEntries(tasks);
}
