import { AudioError, FileError } from '../core/errors.js';
import { byCodePoint } from '../core/order.js';
import { countReasons, reasonOf, type Corpus, type Skipped, type Utterance } from './corpus.js';
import { numbersOf } from './labels.js';
import { outsideDuration, type CorpusFilters } from './filters.js';

/** What `corpus --json` prints. */
export interface CorpusSummary {
  readonly utterances: number;
  /** Total length of all recordings. */
  readonly seconds: number;
  /** Utterances by label. */
  readonly emotion: Readonly<Record<string, number>>;
  readonly speaker: Readonly<Record<string, number>>;
  readonly gender: Readonly<Record<string, number>>;
  /** Only if the corpus has sessions or styles. */
  readonly session?: Readonly<Record<string, number>>;
  readonly style?: Readonly<Record<string, number>>;
  /** By regression task that was asked for. */
  readonly numbers?: Readonly<Record<string, NumberSummary>>;
  /** Unusable recordings. */
  readonly skipped: readonly Skipped[];
  /** Number of excluded recordings by reason; only if there are any. */
  readonly leftOut?: Readonly<Record<string, number>>;
  /** Notes for the user; only if there are any. */
  readonly notes?: readonly string[];
}

/** The numbers of a regression task. */
export interface NumberSummary {
  /** With a number. */
  readonly utterances: number;
  readonly mean: number;
  readonly least: number;
  readonly most: number;
}

/**
 * Measures a corpus and counts its labels.
 *
 * @example
 * const lengthOf = async (path: string) => (await featuresOfFile(files, path)).seconds;
 * const { summary } = await summariseCorpus(corpus, lengthOf);
 * console.log(summary.utterances);
 *
 * @param duration seconds of a recording; a recording for which it throws an AudioError or FileError is
 *   skipped, or with `strict` the error is thrown
 * @param filters with bounds on the duration
 * @returns the summary, and the corpus without skipped or excluded recordings
 */
export async function summariseCorpus(
  corpus: Corpus,
  duration: (path: string) => Promise<number>,
  filters: CorpusFilters = {},
): Promise<{ summary: CorpusSummary; corpus: Corpus }> {
  const utterances: Utterance[] = [];
  const skipped = [...corpus.skipped];
  const leftOut = [...(corpus.leftOut ?? [])];
  let seconds = 0;
  for (const utterance of corpus.utterances) {
    const { path } = utterance;
    try {
      const own = await duration(path);
      const reason = outsideDuration(own, filters);
      if (reason !== undefined) {
        leftOut.push({ path, reason });
        continue;
      }
      seconds += own;
      utterances.push(utterance);
    } catch (error) {
      const unusable = error instanceof AudioError || error instanceof FileError;
      if (!unusable || filters.strict) throw error;
      skipped.push({ path, reason: reasonOf(error) });
    }
  }
  const labels = (task: string): Record<string, number> =>
    countOf(utterances.map((utterance) => utterance.labels[task]));
  const session = countOf(utterances.map((utterance) => utterance.session));
  const style = countOf(utterances.map((utterance) => utterance.style));
  const notes = corpus.notes ?? [];
  const summary = {
    utterances: utterances.length,
    seconds,
    emotion: labels('emotion'),
    speaker: labels('speaker'),
    gender: labels('gender'),
    ...(Object.keys(session).length > 0 && { session }),
    ...(Object.keys(style).length > 0 && { style }),
    ...numbersIn(utterances),
    skipped,
    ...(leftOut.length > 0 && { leftOut: countReasons(leftOut) }),
    ...(notes.length > 0 && { notes }),
  };
  const used = { ...corpus, utterances, skipped, ...(leftOut.length > 0 && { leftOut }) };
  return { summary, corpus: used };
}

function numbersIn(utterances: readonly Utterance[]): Pick<CorpusSummary, 'numbers'> {
  const tasks = Object.keys(numbersOf(utterances));
  if (tasks.length === 0) return {};
  const summaries = tasks.map((task): [string, NumberSummary] => {
    const own = utterances.flatMap(({ values }) => values?.[task] ?? []);
    const mean = own.reduce((sum, value) => sum + value, 0) / own.length;
    const [least, most] = own.reduce(
      ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
      [Infinity, -Infinity],
    );
    return [task, { utterances: own.length, mean, least, most }];
  });
  return { numbers: Object.fromEntries(summaries) };
}

function countOf(names: readonly (string | undefined)[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) {
    if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return Object.fromEntries([...counts].sort(([a], [b]) => byCodePoint(a, b)));
}
