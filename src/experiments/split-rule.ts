import { z } from 'zod';
import { splitKinds } from '../core/choices.js';
import { CorpusError } from '../core/errors.js';
import { nameList } from '../core/names.js';
import { firstRepeated, sortedUnique } from '../core/order.js';
import { Random } from '../core/random.js';
import { integer, listOf, object, text } from '../core/schema.js';
import type { Utterance } from '../corpora/corpus.js';

/** How an experiment splits the speakers of a corpus. */
export type SplitRule =
  | { readonly kind: 'speakers'; readonly test: readonly string[] }
  | { readonly kind: 'folds'; readonly folds: readonly (readonly string[])[] }
  | { readonly kind: 'random-pair'; readonly draws: number; readonly seed: number }
  | { readonly kind: 'leave-one-speaker-out' }
  | { readonly kind: 'leave-one-session-out' }
  /** Of several corpora: each is tested on once, and the others are trained on. */
  | { readonly kind: 'leave-one-corpus-out' }
  /** Each is trained on once, alone, and the others are tested on. */
  | { readonly kind: 'train-on-one-corpus' }
  | { readonly kind: 'speaker-folds'; readonly folds: number; readonly seed: number };

const rules = [
  object({ kind: z.literal('speakers'), test: listOf(text()) }),
  object({ kind: z.literal('folds'), folds: listOf(listOf(text())) }),
  object({ kind: z.literal('random-pair'), draws: integer(1), seed: integer(0) }),
  object({ kind: z.literal('leave-one-speaker-out') }),
  object({ kind: z.literal('leave-one-session-out') }),
  object({ kind: z.literal('leave-one-corpus-out') }),
  object({ kind: z.literal('train-on-one-corpus') }),
  object({ kind: z.literal('speaker-folds'), folds: integer(2), seed: integer(0) }),
] as const;

export { splitKinds };

/** @internal */
export const splitRuleSchema: z.ZodType<SplitRule> = z.discriminatedUnion('kind', rules, {
  error: `a split, whose kind is one of ${splitKinds.join(', ')}`,
});

/** One split: the test speakers. The others are trained on, with a tenth of theirs for validation. */
export interface Fold {
  /** Unique within the experiment, and valid as a file name. */
  readonly name: string;
  readonly testSpeakers: readonly string[];
  /** Those that are trained on; default: all others. */
  readonly trainSpeakers?: readonly string[];
}

/**
 * The folds of a corpus by a rule. They depend on the set of speakers, not on the order of the
 * utterances.
 *
 * @example
 * for (const { name, testSpeakers } of foldsOf(
 *   { kind: 'leave-one-speaker-out' },
 *   corpus.utterances,
 * )) {
 *   console.log(name, testSpeakers);
 * }
 *
 * @throws CorpusError if the corpus lacks the speakers, sessions or genders that the rule needs
 */
export function foldsOf(rule: SplitRule, utterances: readonly Utterance[]): readonly Fold[] {
  const speakers = speakersOf(utterances);
  switch (rule.kind) {
    case 'speakers':
      return [namedFold(rule.test, speakers)];
    case 'folds':
      return listedFolds(rule.folds, speakers);
    case 'random-pair':
      return randomPairs(rule.draws, rule.seed, utterances);
    case 'leave-one-speaker-out':
      return distinct(speakers.map((speaker) => ({ name: speaker, testSpeakers: [speaker] })));
    case 'leave-one-session-out':
      return sessions(utterances);
    case 'leave-one-corpus-out':
    case 'train-on-one-corpus':
      return corpusFolds(rule.kind, utterances);
    case 'speaker-folds':
      return speakerFolds(rule.folds, rule.seed, speakers);
  }
}

/** A rule in words. */
export function splitText(rule: SplitRule): string {
  switch (rule.kind) {
    case 'speakers':
      return `tested on ${nameList(rule.test)}`;
    case 'folds':
      return `${rule.folds.length} folds of test speakers, listed`;
    case 'random-pair':
      return `${rule.draws} times one male and one female test speaker, drawn at random`;
    case 'leave-one-speaker-out':
      return 'leave one speaker out';
    case 'leave-one-session-out':
      return 'leave one session out';
    case 'leave-one-corpus-out':
      return 'leave one corpus out';
    case 'train-on-one-corpus':
      return 'train on one corpus, test on the others';
    case 'speaker-folds':
      return `${rule.folds} folds by speaker`;
  }
}

function speakersOf(utterances: readonly Utterance[]): readonly string[] {
  const anonymous = utterances.find(({ labels }) => labels['speaker'] === undefined);
  if (anonymous !== undefined) {
    throw new CorpusError(
      `${anonymous.path} has no speaker, so it cannot be in an experiment split by speakers`,
      'Label its speaker or remove it.',
    );
  }
  const speakers = sortedUnique(utterances.flatMap(({ labels }) => labels['speaker'] ?? []));
  if (speakers.length >= 2) return speakers;
  throw new CorpusError(
    `the corpus has ${speakers.length} speaker${speakers.length === 1 ? '' : 's'}`,
    'An experiment tests on other speakers than it trains on: give two or more.',
  );
}

function namedFold(test: readonly string[], speakers: readonly string[]): Fold {
  const unknown = test.find((speaker) => !speakers.includes(speaker));
  if (unknown !== undefined || test.length === 0) {
    throw new CorpusError(
      unknown === undefined
        ? 'the split names no test speaker'
        : `the corpus has no speaker ${JSON.stringify(unknown)} to test on`,
      `Its speakers are ${nameList(speakers)}.`,
    );
  }
  const testSpeakers = sortedUnique(test);
  return { name: fileName(testSpeakers.join('+')), testSpeakers };
}

/** Folds as a published protocol lists them: no speaker is tested twice; those not listed are always trained on. */
function listedFolds(
  folds: readonly (readonly string[])[],
  speakers: readonly string[],
): readonly Fold[] {
  const listed = folds.flat();
  const twice = listed[firstRepeated(listed)];
  if (twice !== undefined || folds.length === 0) {
    throw new CorpusError(
      twice === undefined
        ? 'the split lists no folds'
        : `the split lists speaker ${JSON.stringify(twice)} twice`,
      'Give lists of test speakers, each speaker in one of them at most.',
    );
  }
  return distinct(folds.map((fold) => namedFold(fold, speakers)));
}

/** The paper's rule: one random male and one random female speaker; no pair is drawn twice. */
function randomPairs(
  draws: number,
  seed: number,
  utterances: readonly Utterance[],
): readonly Fold[] {
  const [male, female] = ['m', 'f'].map((initial) =>
    sortedUnique(
      utterances
        .filter(({ labels }) => labels['gender']?.toLowerCase().startsWith(initial))
        .flatMap(({ labels }) => labels['speaker'] ?? []),
    ),
  ) as [string[], string[]];
  const pairs = male.flatMap((m) => female.map((f) => [m, f] as const));
  if (pairs.length < draws) {
    throw new CorpusError(
      `the corpus has ${male.length} male and ${female.length} female speakers: ${pairs.length} pairs, but the split draws ${draws}`,
      'Draw fewer pairs, or label the genders male and female.',
    );
  }
  const drawn = new Random(seed, 'experiment/pairs').shuffle(pairs).slice(0, draws);
  return distinct(drawn.map((pair) => ({ name: pair.join('+'), testSpeakers: [...pair] })));
}

function sessions(utterances: readonly Utterance[]): readonly Fold[] {
  const names = sortedUnique(utterances.flatMap(({ session }) => session ?? []));
  if (names.length < 2 || utterances.some(({ session }) => session === undefined)) {
    throw new CorpusError(
      names.length === 0 ? 'the corpus has no sessions' : 'some utterances have no session',
      'Use leave-one-speaker-out instead.',
    );
  }
  return distinct(
    names.map((name) => {
      const own = utterances.filter(({ session }) => session === name);
      return { name, testSpeakers: sortedUnique(own.flatMap((u) => u.labels['speaker'] ?? [])) };
    }),
  );
}

function corpusFolds(kind: SplitRule['kind'], utterances: readonly Utterance[]): readonly Fold[] {
  const names = sortedUnique(utterances.flatMap(({ corpus }) => corpus ?? []));
  if (names.length < 2) {
    throw new CorpusError(
      'a split by corpus needs two or more, but there is one',
      'Give several with --corpus a,b and --data DIR,DIR.',
    );
  }
  const speakersIn = (own: (corpus: string) => boolean): readonly string[] =>
    sortedUnique(
      utterances.flatMap(({ corpus = '', labels }) =>
        own(corpus) ? (labels['speaker'] ?? []) : [],
      ),
    );
  return distinct(
    names.map((name) => {
      const own = speakersIn((corpus) => corpus === name);
      const others = speakersIn((corpus) => corpus !== name);
      if (kind === 'leave-one-corpus-out') return { name, testSpeakers: own };
      return { name, testSpeakers: others, trainSpeakers: own };
    }),
  );
}

function speakerFolds(folds: number, seed: number, speakers: readonly string[]): readonly Fold[] {
  if (speakers.length < folds) {
    throw new CorpusError(
      `the corpus has ${speakers.length} speakers, too few for ${folds} folds`,
      `Make ${speakers.length} folds or fewer.`,
    );
  }
  const shuffled = new Random(seed, 'experiment/folds').shuffle(speakers);
  return Array.from({ length: folds }, (_, k) => ({
    name: `fold-${k + 1}`,
    testSpeakers: sortedUnique(shuffled.filter((_speaker, i) => i % folds === k)),
  }));
}

/** Names become folder names. */
function distinct(folds: readonly Fold[]): readonly Fold[] {
  const named = folds.map((fold) => ({ ...fold, name: fileName(fold.name) }));
  const twice = named.find(({ name }, i) => named.findIndex((other) => other.name === name) < i);
  if (twice === undefined) return named;
  throw new CorpusError(
    `two folds would be called ${twice.name}`,
    'Give speakers or sessions names that differ in letters and digits.',
  );
}

export function fileName(text: string): string {
  const name = text.replaceAll(/[^\p{L}\p{N}._+-]+/gu, '-').replace(/^\.+/, '-');
  return name === '' ? '-' : name;
}
