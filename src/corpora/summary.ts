import { AudioError } from '../core/errors.js';
import { byCodePoint } from '../core/order.js';
import type { Corpus, Skipped, Task, Utterance } from './corpus.js';

/** What `corpus --json` prints. */
export interface CorpusSummary {
  readonly utterances: number;
  /** Length of all recordings together. */
  readonly seconds: number;
  /** Utterances by label. */
  readonly emotion: Readonly<Record<string, number>>;
  readonly speaker: Readonly<Record<string, number>>;
  readonly gender: Readonly<Record<string, number>>;
  readonly skipped: readonly Skipped[];
}

/**
 * Measures a corpus and counts its labels.
 *
 * @param duration seconds of a recording; what it refuses with an AudioError is skipped
 * @returns the summary, and the corpus without the recordings skipped
 */
export async function summariseCorpus(
  corpus: Corpus,
  duration: (path: string) => Promise<number>,
): Promise<{ summary: CorpusSummary; corpus: Corpus }> {
  const utterances: Utterance[] = [];
  const skipped = [...corpus.skipped];
  let seconds = 0;
  for (const utterance of corpus.utterances) {
    try {
      seconds += await duration(utterance.path);
      utterances.push(utterance);
    } catch (error) {
      if (!(error instanceof AudioError)) throw error;
      skipped.push({ path: utterance.path, reason: error.message });
    }
  }
  const summary = {
    utterances: utterances.length,
    seconds,
    emotion: countLabels(utterances, 'emotion'),
    speaker: countLabels(utterances, 'speaker'),
    gender: countLabels(utterances, 'gender'),
    skipped,
  };
  return { summary, corpus: { name: corpus.name, utterances, skipped } };
}

function countLabels(utterances: readonly Utterance[], task: Task): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { labels } of utterances) {
    const label = labels[task];
    if (label !== undefined) counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  return Object.fromEntries([...counts].sort(([a], [b]) => byCodePoint(a, b)));
}
