import { CorpusError } from '../core/errors.js';
import { nameList } from '../core/names.js';
import { sortedUnique } from '../core/order.js';
import type { Corpus, Utterance } from '../corpora/corpus.js';

/** The utterances to test on. Unlike splitCorpus, this accepts a corpus of test utterances only. */
export function testSide(
  corpus: Corpus,
  source: { readonly testSpeakers?: readonly string[] },
): readonly Utterance[] {
  const { utterances, name } = corpus;
  const { testSpeakers } = source;
  const speakers = sortedUnique(utterances.flatMap(({ labels }) => labels['speaker'] ?? []));
  if (utterances.some(({ split }) => split !== undefined)) {
    const side = utterances.filter(({ split }) => split === 'test');
    if (side.length > 0) return side;
    throw new CorpusError(
      `the ${name} corpus has no test side: its split column names none`,
      'Mark some utterances as test, or evaluate on a manifest without that column.',
    );
  }
  if (testSpeakers === undefined || testSpeakers.length === 0) return utterances;
  const known = new Set(speakers);
  const unknown = testSpeakers.find((speaker) => !known.has(speaker));
  if (unknown !== undefined) {
    throw new CorpusError(
      `the ${name} corpus has no speaker ${JSON.stringify(unknown)} to test on`,
      `Its speakers are ${nameList(speakers) || 'not labelled'}.`,
    );
  }
  const tested = new Set(testSpeakers);
  return utterances.filter(({ labels }) => tested.has(labels['speaker'] ?? ''));
}
