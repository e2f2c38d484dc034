import { validationUnits } from '../core/choices.js';
import { CorpusError, UsageError } from '../core/errors.js';
import { nameList } from '../core/names.js';
import { byCodePoint, sortedUnique } from '../core/order.js';
import { Random } from '../core/random.js';
import type { Corpus, SplitName, Utterance } from './corpus.js';

/** The sides of a corpus, each in the corpus's order. No test speaker is in another side. */
export interface Split {
  readonly training: readonly Utterance[];
  /** Empty only if its share is 0. */
  readonly validation: readonly Utterance[];
  /** Empty if neither the corpus nor the options define one. */
  readonly test: readonly Utterance[];
}

/** What validation is drawn by: single utterances, or whole speakers. */
export { validationUnits };
/**
 * What validation is drawn by.
 *
 * @example
 * const validateBy: ValidationUnit = 'speaker';
 * await train({ manifest: 'speech.csv', out: 'runs/first', validateBy });
 */
export type ValidationUnit = (typeof validationUnits)[number];

/** Who is held out of training, for testing and for validation. */
export interface SplitOptions {
  readonly seed: number;
  /** Speakers held out for testing, if the corpus has no split of its own. */
  readonly testSpeakers?: readonly string[];
  /** Speakers held out for validation; without them validation is drawn from the training side. */
  readonly validationSpeakers?: readonly string[];
  /** Share of the training utterances drawn for validation, below 1; 0: there is no validation side. Default 0.1. */
  readonly validationShare?: number;
  /**
   * `utterance` (default): validation shares its speakers with training. `speaker`: whole training speakers are
   * drawn, as many as come closest to the share, but at least one and never all.
   */
  readonly validateBy?: ValidationUnit;
}

/**
 * Splits a corpus: by its split column if it has one, else by test speakers. Validation, unless
 * given by the column or `validationSpeakers`, is a tenth of the training utterances, stratified by emotion, or
 * with `validateBy` the utterances of some speakers; the draw depends on the seed and the set of utterances, not
 * on their order.
 *
 * @example
 * const { training, validation, test } = splitCorpus(corpus, { testSpeakers: ['ann'], seed: 0 });
 * console.log(training.length, validation.length, test.length);
 *
 * @throws CorpusError for a speaker in test and in another side, for speakers that the corpus does not
 *   have, for a side that would be empty, for a draw by speaker among fewer than two; UsageError for
 *   contradictory options
 */
export function splitCorpus(corpus: Corpus, options: SplitOptions): Split {
  const { test, validation, training } = hasColumn(corpus)
    ? splitByColumn(corpus, options)
    : splitBySpeakers(corpus, options);
  refuseSharedSpeakers(test, [...training, ...validation]);
  if (training.length === 0) throw emptySide(corpus, 'training');
  if (validation.length > 0) {
    if (options.validateBy !== 'speaker') return { training, validation, test };
    const named = options.validationSpeakers !== undefined;
    throw new UsageError(
      'validation speakers were to be drawn, but ' +
        (named ? 'they are named' : `the ${corpus.name} corpus defines its validation side`),
      'Drop one of the two.',
    );
  }
  const { validationShare = 0.1, validateBy = 'utterance', seed } = options;
  if (!(validationShare >= 0 && validationShare < 1)) {
    throw new UsageError(
      `the validation share is ${validationShare}`,
      'Give one from 0 (no validation) to below 1.',
    );
  }
  if (validationShare === 0) return { training, validation: [], test };
  if (validateBy === 'speaker') {
    const { held, rest } = holdOut(
      training,
      drawSpeakers(training, validationShare, seed),
      'validation',
    );
    return { training: rest, validation: held, test };
  }
  const drawn = drawValidation(training, validationShare, seed);
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
  const validated = new Set(validationSpeakers);
  const both = testSpeakers.filter((speaker) => validated.has(speaker));
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
  const held = new Set(names);
  const isHeld = ({ labels }: Utterance): boolean => held.has(labels['speaker'] ?? '');
  return { held: utterances.filter(isHeld), rest: utterances.filter((u) => !isHeld(u)) };
}

function refuseSharedSpeakers(test: readonly Utterance[], others: readonly Utterance[]): void {
  const outside = new Set(speakersOf(others));
  const shared = speakersOf(test).filter((speaker) => outside.has(speaker));
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

/**
 * Draws speakers one after the other for as long as that brings their utterances closer to the share; at least
 * one, and never all.
 *
 * @throws CorpusError if there are fewer than two
 */
function drawSpeakers(training: readonly Utterance[], share: number, seed: number): string[] {
  const names = speakersOf(training);
  if (names.length < 2) {
    throw new CorpusError(
      `validation by speaker needs two training speakers or more, but there ` +
        (names.length === 1 ? `is only ${nameList(names)}` : 'are none with a name'),
      'Validate by utterance, or hold out fewer test speakers.',
    );
  }
  const [first = '', ...others] = new Random(seed, 'validation/speakers').shuffle(names);
  const countOf = (name: string): number =>
    training.filter(({ labels }) => labels['speaker'] === name).length;
  const wanted = share * training.length;
  const drawn = [first];
  let count = countOf(first);
  for (const name of others.slice(0, -1)) {
    const more = count + countOf(name);
    if (Math.abs(more - wanted) >= Math.abs(count - wanted)) break;
    drawn.push(name);
    count = more;
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
