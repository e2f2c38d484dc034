import { CorpusError } from '../core/errors.js';
import { listOption, nameList } from '../core/names.js';
import { byCodePoint, sortedUnique } from '../core/order.js';
import type { LabelSets } from '../core/labels.js';
import { tasks, type Utterance } from './corpus.js';

export type { LabelSets };

/**
 * All labels that occur, for every task that has any: emotion, speaker and gender first. For the
 * training side of a split, these are the classes of the model's heads, so the speaker head's are
 * the training speakers.
 *
 * @example
 * const { emotion = [] } = labelSets(corpus.utterances);
 * console.log(emotion); // such as: anger, joy, sadness
 */
export function labelSets(utterances: readonly Utterance[]): LabelSets {
  const found = sortedUnique(utterances.flatMap(({ labels }) => Object.keys(labels)));
  const rank = (task: string): number => {
    const place = (tasks as readonly string[]).indexOf(task);
    return place === -1 ? tasks.length : place;
  };
  const ordered = found.sort((a, b) => rank(a) - rank(b) || byCodePoint(a, b));
  return Object.fromEntries(
    ordered.map((task) => [task, sortedUnique(utterances.flatMap((u) => u.labels[task] ?? []))]),
  );
}

/** The task by which a model is selected and scored: emotion, or else its first. */
export function mainTask(of: readonly string[]): string {
  return of.find((task) => task === 'emotion') ?? of[0] ?? 'emotion';
}

/**
 * Class of each utterance by task, [utterances]; -1 if it has no label. A label outside the set counts
 * as none: test speakers have no class, and neither has a gender missing in training.
 *
 * @example
 * const sets = labelSets(corpus.utterances);
 * const { emotion } = classesOf(corpus.utterances, sets);
 * console.log(sets['emotion']?.[emotion?.[0] ?? 0]);
 *
 * @param needed the task whose labels must all be known, unless they are speakers; default: the main one
 * @throws CorpusError for an unknown label of that task
 */
export function classesOf(
  utterances: readonly Utterance[],
  sets: LabelSets,
  needed = mainTask(Object.keys(sets)),
): Record<string, Int32Array> {
  refuseUnknown(utterances, sets, needed);
  const entries = Object.entries(sets).map(([task, labels]) => {
    const index = new Map(labels.map((label, i) => [label, i]));
    const classes = utterances.map(({ labels: { [task]: label } }) =>
      label === undefined ? -1 : (index.get(label) ?? -1),
    );
    return [task, Int32Array.from(classes)] as const;
  });
  return Object.fromEntries(entries);
}

/**
 * Number of each utterance by regression task, [utterances]; NaN if it has none.
 *
 * @example
 * const { arousal } = numbersOf(corpus.utterances);
 * console.log(arousal?.[0]);
 */
export function numbersOf(utterances: readonly Utterance[]): Record<string, Float32Array> {
  const found = sortedUnique(utterances.flatMap(({ values }) => Object.keys(values ?? {})));
  return Object.fromEntries(
    found.map((task) => [
      task,
      Float32Array.from(utterances, ({ values }) => values?.[task] ?? NaN),
    ]),
  );
}

/** Throws CorpusError for the first label that a model does not know. */
function refuseUnknown(utterances: readonly Utterance[], sets: LabelSets, task: string): void {
  const known = sets[task];
  if (known === undefined) return;
  const [first, ...more] = unknownOf(utterances, known, task);
  if (first === undefined) return;
  const label = first.labels[task];
  const others = more.length > 0 ? ` (nor are ${more.length} others)` : '';
  throw new CorpusError(
    `${first.path}: the ${task} ${JSON.stringify(label)} is not one that the model was trained on${others}`,
    `It knows ${nameList(known)}: correct the label, or exclude the utterance${
      task === 'emotion' ? ' (--emotions); --merge renames labels' : ''
    }.`,
  );
}

/** A side's labels that training lacks, in one line, with a hint. */
export interface Untrained {
  readonly problem: string;
  readonly hint: string;
}

/**
 * Labels of a task that a side has and the training side lacks: no model could ever predict them, so they
 * are reported before training.
 *
 * @param side name of that side, such as `test side`
 */
export function untrainedLabels(
  training: readonly Utterance[],
  others: readonly Utterance[],
  task: string,
  side: string,
): Untrained | undefined {
  const known = sortedUnique(training.flatMap(({ labels }) => labels[task] ?? []));
  const unknown = unknownOf(others, known, task);
  const [first] = unknown;
  if (first === undefined || known.length === 0) return undefined;
  const labels = sortedUnique(unknown.flatMap((utterance) => utterance.labels[task] ?? []));
  const counted = labels.map((label) => {
    const count = unknown.filter((utterance) => utterance.labels[task] === label).length;
    return `${JSON.stringify(label)} (${count} ${count === 1 ? 'utterance' : 'utterances'})`;
  });
  const emotions = task === 'emotion' ? ` (${listOption('--emotions', known)})` : '';
  return {
    problem:
      `the ${side} has the ${task} ${counted.join(', ')}, which no training utterance has, so the model ` +
      `cannot learn it (${first.path})`,
    hint: `Exclude it${emotions}, correct the label, or hold out other speakers.`,
  };
}

/** Speakers are expected to be unknown. */
function unknownOf(
  utterances: readonly Utterance[],
  known: readonly string[],
  task: string,
): Utterance[] {
  if (task === 'speaker') return [];
  return utterances.filter(({ labels: { [task]: label } }) => {
    return label !== undefined && !known.includes(label);
  });
}
