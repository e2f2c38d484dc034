import type { HeadConfig, ModelConfig } from '../core/config.js';
import { isRegression } from '../core/heads.js';
import type { Dataset, Targets } from '../data/dataset.js';
import { someRows, type FeatureRows } from '../features/rows.js';
import type { Answer } from '../inference/answer-sums.js';
import type { HeadEvaluation } from '../network/heads/head.js';
import { headKindOf } from '../network/heads/index.js';

/** Losses and scores of a model's answers on a dataset. */
export interface Scores {
  /** Weighted sum of the heads' losses; NaN if an answer is not finite, because they are then. */
  readonly total: number;
  /** By task. */
  readonly heads: Readonly<Record<string, HeadScore>>;
  /** One for each utterance scored. */
  readonly answers: readonly Answer[];
}

export interface HeadScore {
  /** Over the labelled utterances; 0 if there are none. */
  readonly loss: number;
  /** Absent if no utterance is labelled or an answer is not finite. */
  readonly evaluation?: HeadEvaluation;
}

export interface ScoreOptions {
  /** The utterances to score; default: all. */
  readonly rows?: readonly number[] | undefined;
  /** Names of the classes by task; default: their numbers. */
  readonly labels?: Readonly<Record<string, readonly string[]>> | undefined;
}

/**
 * Losses and scores of a model on a dataset: training chooses its best epoch by them, `evaluate` prints them,
 * and experiments test with them.
 *
 * @param ask returns the model's answers, like `answer` and Predictor
 * @throws like `ask` and the dataset's `read`
 */
export async function score(
  { heads }: ModelConfig,
  dataset: Dataset,
  ask: (utterances: FeatureRows) => Promise<readonly Answer[]>,
  { rows, labels = {} }: ScoreOptions = {},
): Promise<Scores> {
  const answers = await ask(rows === undefined ? dataset : someRows(dataset, rows));
  const finite = answers.every(({ logits }) => logits.every((own) => own.every(Number.isFinite)));
  const scores = heads.map((head, h): HeadScore => {
    if (!finite) return { loss: NaN };
    const { task } = head;
    const numbers = (): string[] =>
      isRegression(head) ? [] : Array.from({ length: head.classes }, (_, c) => String(c));
    const truth = {
      head,
      targets: targetsOf(dataset, head, rows),
      labels: labels[task] ?? numbers(),
    };
    const kind = headKindOf(head);
    const of = (which: 'logits' | 'probabilities') => answers.map((own) => own[which][h]!);
    const loss = kind.hostLoss(truth, of('logits'));
    if (!truth.targets.some(kind.isLabelled)) return { loss };
    return { loss, evaluation: kind.evaluate(truth, of('probabilities')) };
  });
  return {
    total: heads.reduce((sum, { weight }, h) => sum + weight * scores[h]!.loss, 0),
    heads: Object.fromEntries(heads.map(({ task }, h) => [task, scores[h]!])),
    answers,
  };
}

/** Utterances of a dataset with a label of a head's task. */
export function labelledOf({ targets }: Pick<Dataset, 'targets'>, head: HeadConfig): number[] {
  const own = targets[head.task] ?? new Int32Array();
  const { isLabelled } = headKindOf(head);
  return [...own.keys()].filter((row) => isLabelled(own[row]!));
}

/** The targets of a head's task, [rows]. */
export function targetsOf(
  { targets, lengths }: Pick<Dataset, 'targets' | 'lengths'>,
  head: HeadConfig,
  rows?: readonly number[],
): Targets {
  const { unlabelled, target } = headKindOf(head);
  const kind = target === 'i32' ? Int32Array : Float32Array;
  const own = targets[head.task] ?? new kind(lengths.length).fill(unlabelled);
  if (rows === undefined) return own;
  const values = rows.map((row) => own[row]!);
  return own instanceof Float32Array ? Float32Array.from(values) : Int32Array.from(values);
}
