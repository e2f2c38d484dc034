import { CorpusError, UsageError } from '../core/errors.js';
import { nameList } from '../core/names.js';
import { sortedUnique } from '../core/order.js';
import { dictionaryOf, flag, listOf, object, oneOf, real, text } from '../core/schema.js';
import { styles, type Corpus, type Skipped, type Style, type Utterance } from './corpus.js';

/** Which utterances of a corpus to use. */
export interface CorpusFilters {
  /** The emotions to keep, with their names after `merge`; default: the corpus's default. */
  readonly emotions?: readonly string[];
  /** New name by emotion, such as `exc: 'hap'`: each label is renamed once. */
  readonly merge?: Readonly<Record<string, string>>;
  readonly style?: Style;
  /** Duration of the original recording; both bounds are inclusive. */
  readonly minSeconds?: number;
  readonly maxSeconds?: number;
  /** Fail at the first recording that cannot be used instead of skipping it. */
  readonly strict?: boolean;
}

/** What the caller permits, whatever the files say: a protocol cannot. */
export interface CorpusPermissions {
  /** A manifest may name recordings outside its folder: only for your own manifests. */
  readonly allowOutside?: boolean;
}

/** Which numbers of a corpus to read. */
export interface CorpusNumbers {
  /** Regression tasks: columns of a manifest, or attributes that a corpus has (IEMOCAP, EmoTale: arousal, valence, dominance). */
  readonly regression?: readonly string[];
}

/** Which files of the corpus will be read. */
export interface CorpusFiles {
  /** Those with features, which a manifest names, instead of the recordings: these may be missing. */
  readonly featureFiles?: boolean;
}

/**
 * The fields of the filters, for the schemas of files that contain them.
 *
 * @internal
 */
export const corpusFilterFields = {
  emotions: listOf(text()).exactOptional(),
  merge: dictionaryOf(text()).exactOptional(),
  style: oneOf(styles).exactOptional(),
  minSeconds: real({ over: 0 }).exactOptional(),
  maxSeconds: real({ over: 0 }).exactOptional(),
  strict: flag().exactOptional(),
};

/** @internal */
export const corpusFiltersSchema = object(corpusFilterFields);

/**
 * Renames emotions, then removes the utterances that the filters exclude. Ignores durations.
 *
 * @example
 * const english = filterCorpus(corpus, { emotions: ['anger', 'sadness'] });
 * console.log(english.utterances.length);
 *
 * @throws CorpusError for an emotion or style that the corpus does not have, and if nothing is
 *   left; UsageError for bounds that exclude each other
 */
export function filterCorpus(corpus: Corpus, filters: CorpusFilters): Corpus {
  refuseEmptyRange(filters);
  const { defaultEmotions, ...rest } = corpus;
  const utterances = mergeEmotions(corpus, filters.merge);
  const emotions = filters.emotions ?? defaultsAfter(filters.merge, defaultEmotions);
  if (filters.emotions !== undefined) {
    refuseUnknownEmotions(corpus.name, utterances, filters.emotions);
  }
  const { style } = filters;
  if (style !== undefined && utterances.every((utterance) => utterance.style === undefined)) {
    throw new CorpusError(
      `the ${corpus.name} corpus does not distinguish improvised and scripted speech`,
      'Drop the style.',
    );
  }
  const kept: Utterance[] = [];
  const leftOut: Skipped[] = [...(corpus.leftOut ?? [])];
  for (const utterance of utterances) {
    const reason = unwanted(utterance, emotions, style);
    if (reason === undefined) kept.push(utterance);
    else leftOut.push({ path: utterance.path, reason });
  }
  if (kept.length === 0) {
    throw new CorpusError(
      `none of the ${utterances.length} utterances of the ${corpus.name} corpus passes the filters`,
      'Keep more emotions, or another style.',
    );
  }
  return { ...rest, utterances: kept, ...(leftOut.length > 0 && { leftOut }) };
}

/**
 * Why a recording of this length is excluded; undefined if it is not.
 *
 * @example
 * console.log(outsideDuration(0.2, { minSeconds: 0.5 })); // why it is left out
 */
export function outsideDuration(seconds: number, filters: CorpusFilters): string | undefined {
  const { minSeconds = 0, maxSeconds = Infinity } = filters;
  if (seconds < minSeconds) return `shorter than ${minSeconds} s`;
  if (seconds > maxSeconds) return `longer than ${maxSeconds} s`;
  return undefined;
}

function refuseEmptyRange({ minSeconds, maxSeconds }: CorpusFilters): void {
  if (minSeconds === undefined || maxSeconds === undefined || minSeconds <= maxSeconds) return;
  throw new UsageError(
    `no recording can be at least ${minSeconds} s and at most ${maxSeconds} s long`,
    'Give a minimum that is not above the maximum.',
  );
}

function mergeEmotions(corpus: Corpus, merge: CorpusFilters['merge'] = {}): readonly Utterance[] {
  refuseUnknownEmotions(corpus.name, corpus.utterances, Object.keys(merge));
  return corpus.utterances.map((utterance) => {
    const { emotion } = utterance.labels;
    if (emotion === undefined) return utterance;
    return { ...utterance, labels: { ...utterance.labels, emotion: renamed(emotion, merge) } };
  });
}

/** The corpus's default emotions under their new names, plus the results of merging. */
function defaultsAfter(
  merge: CorpusFilters['merge'] = {},
  defaults: readonly string[] | undefined,
): readonly string[] | undefined {
  return defaults && [...defaults.map((name) => renamed(name, merge)), ...Object.values(merge)];
}

function renamed(emotion: string, merge: Readonly<Record<string, string>>): string {
  return (Object.hasOwn(merge, emotion) ? merge[emotion] : undefined) ?? emotion;
}

/**
 * Refuses emotions that no utterance has.
 *
 * @throws CorpusError naming the first, and those that there are
 */
export function refuseUnknownEmotions(
  corpus: string,
  utterances: readonly Utterance[],
  wanted: readonly string[],
): void {
  const known = sortedUnique(utterances.flatMap(({ labels }) => labels['emotion'] ?? []));
  const unknown = wanted.find((emotion) => !known.includes(emotion));
  if (unknown === undefined) return;
  throw new CorpusError(
    `the ${corpus} corpus has no emotion ${JSON.stringify(unknown)}`,
    `It has ${nameList(known) || 'none'}.`,
  );
}

function unwanted(
  { labels: { emotion }, style }: Utterance,
  emotions: readonly string[] | undefined,
  wantedStyle: Style | undefined,
): string | undefined {
  if (emotions !== undefined) {
    if (emotion === undefined) return 'no emotion';
    if (!emotions.includes(emotion)) return `emotion ${emotion} not wanted`;
  }
  if (wantedStyle === undefined || style === wantedStyle) return undefined;
  return style === undefined ? 'no style' : `${style}, not wanted`;
}
