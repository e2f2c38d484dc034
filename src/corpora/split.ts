import { CorpusError, UsageError } from '../core/errors.js';
import { nameList } from '../core/names.js';
import { byCodePoint, sortedUnique } from '../core/order.js';
import { Random } from '../core/random.js';
import type { Corpus, SplitName, Utterance } from './corpus.js';

/** The sides of a corpus, each in the corpus's order. No test speaker is in another side. */
export interface Split {
  readonly training: readonly Utterance[];
  readonly validation: readonly Utterance[];
  /** Empty if neither the corpus nor the options define one. */
  readonly test: readonly Utterance[];
}

export interface SplitOptions {
  readonly seed: number;
  /** Speakers held out for testing, if the corpus has no split of its own. */
  readonly testSpeakers?: readonly string[];
  /** Speakers held out for validation; without them validation is drawn from the training side. */
  readonly validationSpeakers?: readonly string[];
  /** Share of the training utterances drawn for validation: above 0, below 1. Default 0.1. */
  readonly validationShare?: number;
}

/**
 * Splits a corpus: by its split column if it has one, else by test speakers. Validation, unless
 * given by the column or `validationSpeakers`, is a tenth of the training utterances,
 * stratified by emotion; the draw depends on the seed and the set of utterances, not on their order.
 *
 * @throws CorpusError for a speaker in test and in another side, for speakers that the corpus does not
 *   have, for a side that would be empty; UsageError for contradictory options
 */
export function splitCorpus(corpus: Corpus, options: SplitOptions): Split {
  const { test, validation, training } = hasColumn(corpus)
    ? splitByColumn(corpus, options)
    : splitBySpeakers(corpus, options);
  refuseSharedSpeakers(test, [...training, ...validation]);
  if (training.length === 0) throw emptySide(corpus, 'training');
  if (validation.length > 0) return { training, validation, test };
  const drawn = drawValidation(training, options.validationShare ?? 0.1, options.seed);
  if (drawn.size === 0) throw emptySide(corpus, 'validation');
  return {
    training: training.filter((utterance) => !drawn.has(utterance)),
    validation: training.filter((utterance) => drawn.has(utterance)),
    test,
  };
}

function hasColumn({ name, utterances }: Corpus): boolean {
  const count = utterances.filter(({ split }) => split !== undefined).length;
  if (count === 0 || count === utterances.length) return count > 0;
  throw new CorpusError(
    `the ${name} corpus has a split for only ${count} of ${utterances.length} utterances`,
    'Give every utterance a split, or none.',
  );
}

/** Validation may be empty here: then it is drawn. */
function splitByColumn(corpus: Corpus, options: SplitOptions): Split {
  const side = (name: SplitName): Utterance[] =>
    corpus.utterances.filter(({ split }) => split === name);
  if (options.testSpeakers !== undefined) {
    throw new UsageError(
      `test speakers were given, but the ${corpus.name} corpus has a split of its own`,
      'Drop the test speakers, or remove the split column.',
    );
  }
  const [training, validation, test] = [side('train'), side('validation'), side('test')];
  if (options.validationSpeakers === undefined) return { training, validation, test };
  if (validation.length > 0) {
    throw new UsageError(
      `validation speakers were given, but the ${corpus.name} corpus defines its validation side`,
      'Drop the validation speakers, or change the split column.',
    );
  }
  const { held, rest } = holdOut(training, options.validationSpeakers, 'validation');
  return { training: rest, validation: held, test };
}

function splitBySpeakers({ utterances }: Corpus, options: SplitOptions): Split {
  const { testSpeakers = [], validationSpeakers = [] } = options;
  const both = testSpeakers.filter((speaker) => validationSpeakers.includes(speaker));
  if (both.length > 0) {
    throw new CorpusError(
      `${speakers(both)} would be in both test and validation`,
      'Hold each speaker out for one of the two.',
    );
  }
  const outer = holdOut(utterances, testSpeakers, 'test');
  const inner = holdOut(outer.rest, validationSpeakers, 'validation');
  return { training: inner.rest, validation: inner.held, test: outer.held };
}

/** Separates the utterances of the named speakers from the rest. */
function holdOut(
  utterances: readonly Utterance[],
  names: readonly string[],
  side: SplitName,
): { held: Utterance[]; rest: Utterance[] } {
  if (names.length === 0) return { held: [], rest: [...utterances] };
  const known = speakersOf(utterances);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new CorpusError(
      `the corpus has no speaker ${JSON.stringify(unknown)} to hold out for ${side}`,
      `Its speakers are ${nameList(known) || 'not labelled'}.`,
    );
  }
  const anonymous = utterances.find(({ labels }) => labels['speaker'] === undefined);
  if (anonymous !== undefined) {
    throw new CorpusError(
      `${anonymous.path} has no speaker, so a split by speakers cannot place it`,
      'Label its speaker, remove it, or give every utterance a split.',
    );
  }
  const isHeld = ({ labels }: Utterance): boolean => names.includes(labels['speaker'] ?? '');
  return { held: utterances.filter(isHeld), rest: utterances.filter((u) => !isHeld(u)) };
}

function refuseSharedSpeakers(test: readonly Utterance[], others: readonly Utterance[]): void {
  const outside = speakersOf(others);
  const shared = speakersOf(test).filter((speaker) => outside.includes(speaker));
  if (shared.length === 0) return;
  throw new CorpusError(
    `${speakers(shared)} in test and in training or validation`,
    'Put all utterances of a speaker on one side, or the test result is meaningless.',
  );
}

/**
 * Draws the share of each emotion, rounded so that the total is right (largest remainders
 * first), and leaves at least one utterance of each for training.
 */
function drawValidation(
  training: readonly Utterance[],
  share: number,
  seed: number,
): Set<Utterance> {
  if (!(share > 0 && share < 1)) {
    throw new UsageError(`the validation share is ${share}`, 'Give one above 0 and below 1.');
  }
  const emotions = sortedUnique(training.map(({ labels }) => labels['emotion'] ?? ''));
  const strata = emotions.map((emotion) => {
    const members = training.filter(({ labels }) => (labels['emotion'] ?? '') === emotion);
    const exact = share * members.length;
    const whole = Math.floor(exact);
    return { emotion, members, whole, remainder: exact - whole };
  });
  let left = Math.max(1, Math.round(share * training.length));
  for (const { whole } of strata) left -= whole;
  const drawn = new Set<Utterance>();
  // Sorting is stable: for equal remainders, the first emotion comes first.
  for (const { emotion, members, whole } of strata.sort((a, b) => b.remainder - a.remainder)) {
    const extra = left > 0 && whole + 1 < members.length ? 1 : 0;
    left -= extra;
    const sorted = [...members].sort((a, b) => byCodePoint(a.path, b.path));
    const shuffled = new Random(seed, `validation/${emotion}`).shuffle(sorted);
    for (const utterance of shuffled.slice(0, whole + extra)) drawn.add(utterance);
  }
  return drawn;
}

function speakersOf(utterances: readonly Utterance[]): string[] {
  return sortedUnique(utterances.flatMap(({ labels }) => labels['speaker'] ?? []));
}

function speakers(names: readonly string[]): string {
  return `${names.length === 1 ? 'speaker' : 'speakers'} ${nameList(names)}`;
}

function emptySide({ name }: Corpus, side: string): CorpusError {
  return new CorpusError(
    `the ${side} side of the ${name} corpus would be empty`,
    'Hold out fewer speakers, or give more utterances.',
  );
}
