import { CorpusError } from '../core/errors.js';
import { byCodePoint, sortedUnique } from '../core/order.js';
import { tasks, type Utterance } from './corpus.js';

/** Classes by task, sorted by code point: a label's index is its class. */
export type LabelSets = Readonly<Record<string, readonly string[]>>;

/**
 * The labels that occur, for every task that has any: emotion, speaker and gender first. Given the
 * training side of a split, these are the classes of the model's heads: so the speaker head's are
 * the training speakers.
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

/**
 * Class of each utterance by task, [utterances]; -1 where it has no label. A speaker outside the set
 * counts as unlabelled: test speakers have no class.
 *
 * @throws CorpusError for any other label that the set does not know
 */
export function classesOf(
  utterances: readonly Utterance[],
  sets: LabelSets,
): Record<string, Int32Array> {
  const entries = Object.entries(sets).map(([task, labels]) => {
    const index = new Map(labels.map((label, i) => [label, i]));
    const classes = utterances.map((utterance) => {
      const label = utterance.labels[task];
      if (label === undefined) return -1;
      const known = index.get(label);
      if (known === undefined && task !== 'speaker') throw unknownLabel(utterance, task, labels);
      return known ?? -1;
    });
    return [task, Int32Array.from(classes)] as const;
  });
  return Object.fromEntries(entries);
}

function unknownLabel(utterance: Utterance, task: string, known: readonly string[]): CorpusError {
  const label = JSON.stringify(utterance.labels[task]);
  return new CorpusError(
    `${utterance.path}: the ${task} ${label} is not one that the model was trained on`,
    `It knows ${known.join(', ')}: correct the label or leave the utterance out.`,
  );
}
