import type { RegressionLoss } from '../core/config.js';
import { UsageError } from '../core/errors.js';
import { isRegressionLoss } from '../core/heads.js';
import { nameList } from '../core/names.js';
import type { RunSettings } from './settings.js';

/** Settings of all heads, for when the list of heads comes from the labels of the data. */
export interface HeadSettings {
  readonly hidden?: number | undefined;
  /** Of the heads with classes. */
  readonly labelSmoothing?: number | undefined;
  /** Of the emotions, in the order of their labels. */
  readonly classWeights?: readonly number[] | undefined;
  /** Tasks of heads that predict a number, besides the listed ones. */
  readonly regression?: readonly string[] | undefined;
  /** Their loss; default: `ccc`. */
  readonly regressionLoss?: RegressionLoss | undefined;
  /** Gradient reversal by task. */
  readonly reversal?: Readonly<Record<string, number>> | undefined;
}

/**
 * Settings with these applied to every head: the listed ones, else one for each labelled task. Heads of numbers
 * follow them, or come first if no head is of emotions: the first one decides then which epoch is the best.
 *
 * @throws UsageError for gradient reversal of a task without a head
 */
export function withHeads(
  settings: RunSettings,
  tasks: readonly string[],
  given: HeadSettings,
): RunSettings {
  const { hidden, labelSmoothing, classWeights, regression = [], reversal = {} } = given;
  if (Object.values(given).every((value) => value === undefined)) return settings;
  const listed = settings.model?.heads ?? tasks.map((task) => ({ task }));
  const { regressionLoss: loss = 'ccc' } = given;
  const numbers = regression
    .filter((task) => !listed.some((head) => head.task === task))
    .map((task) => ({ task, loss }));
  const first = settings.model?.heads === undefined && !tasks.includes('emotion');
  const heads = first ? [...numbers, ...listed] : [...listed, ...numbers];
  const stray = Object.keys(reversal).find((task) => !heads.some((head) => head.task === task));
  if (stray !== undefined) {
    throw new UsageError(
      `gradient reversal was given for the task "${stray}", which has no head`,
      `The tasks are ${nameList(heads.map(({ task }) => task))}.`,
    );
  }
  return {
    ...settings,
    model: {
      ...settings.model,
      heads: heads.map((head) => {
        const classes = !('loss' in head && isRegressionLoss(head.loss));
        const strength = Object.hasOwn(reversal, head.task) ? reversal[head.task] : undefined;
        return {
          ...head,
          ...(hidden !== undefined && { hidden }),
          ...(labelSmoothing !== undefined && classes && { label_smoothing: labelSmoothing }),
          ...(head.task === 'emotion' && classWeights && { class_weights: [...classWeights] }),
          ...(strength !== undefined && { reversal: strength }),
        };
      }),
    },
  };
}

/** Tasks of the settings' heads that predict a number. */
export function regressionTasks({ model }: RunSettings): string[] {
  return (model?.heads ?? []).filter(({ loss }) => isRegressionLoss(loss)).map(({ task }) => task);
}
