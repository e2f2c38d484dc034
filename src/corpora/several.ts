import { CorpusError } from '../core/errors.js';
import type { Files } from '../core/files.js';
import { nameList } from '../core/names.js';
import { sortedUnique } from '../core/order.js';
import { commonFolder } from '../core/paths.js';
import type { Corpus, Skipped, Utterance } from './corpus.js';
import { filterCorpus, refuseUnknownEmotions } from './filters.js';
import { findCorpus, type CorpusOptions } from './registry.js';

/**
 * New name by emotion of one corpus; an emotion whose new name is empty is dropped.
 *
 * @example
 * const map: LabelMap = { W: 'anger', L: '' }; // without a name it is dropped
 * const data = [{ corpus: 'emodb', path: '/data/emodb', map }];
 * await train({ data, out: 'runs/first' });
 */
export type LabelMap = Readonly<Record<string, string>>;

/** One of several corpora that are used together. */
export interface CorpusPart {
  /** Its format, one that `readCorpus` knows. */
  readonly corpus: string;
  /** Its folder; for `manifest` also the file itself. */
  readonly path: string;
  /** So that corpora with other names for the same emotion agree. */
  readonly map?: LabelMap;
}

/** Names of corpora by their formats: the second of a format is called `manifest-2`, and so on. */
export function partNames(formats: readonly string[]): string[] {
  return formats.map((format, i) => {
    const before = formats.slice(0, i).filter((other) => other === format).length;
    return before === 0 ? format : `${format}-${before + 1}`;
  });
}

/**
 * The corpora as fields of a DataSource: joined names, the folder that holds all, and the corpora.
 *
 * @example
 * const parts = [
 *   { corpus: 'emodb', path: '/data/emodb', map: { boredom: '' } },
 *   { corpus: 'ravdess', path: '/data/ravdess' },
 * ];
 * const data = await loadTrainingData(files, { ...joinedSource(parts), seed: 0 });
 */
export function joinedSource(parts: readonly CorpusPart[]): {
  readonly corpus: string;
  readonly path: string;
  readonly corpora: readonly CorpusPart[];
} {
  return {
    corpus: partNames(parts.map(({ corpus }) => corpus)).join('+'),
    path: parts.length === 1 ? parts[0]!.path : commonFolder(parts.map(({ path }) => path)),
    corpora: parts,
  };
}

/**
 * Reads several corpora as one, in their order. The emotions of each are renamed by its map; its default
 * emotions apply unless `emotions` are given. Speakers and sessions are named after their corpus, such as
 * `emodb/03`, so that no two corpora share one, and genders are called `female` and `male` in all. Then the
 * filters apply to all together.
 *
 * @example
 * const corpus = await readCorpora(files, [
 *   { corpus: 'emodb', path: '/data/emodb' },
 *   { corpus: 'ravdess', path: '/data/ravdess' },
 * ]);
 *
 * @throws like readCorpus; CorpusError for a map of an emotion that its corpus does not have, and for a recording
 *   that is in two of them
 */
export async function readCorpora(
  files: Files,
  parts: readonly CorpusPart[],
  filters: CorpusOptions = {},
): Promise<Corpus> {
  const names = partNames(parts.map(({ corpus }) => corpus));
  const corpora: Corpus[] = [];
  for (const [i, { corpus: format, path, map = {} }] of parts.entries()) {
    const name = names[i]!;
    const found = { ...(await findCorpus(format, files, path, filters)), name };
    const mapped = mapEmotions(found, map);
    corpora.push(filters.emotions ? mapped : filterCorpus(mapped, {}));
  }
  const utterances = corpora.flatMap((corpus) =>
    corpus.utterances.map((utterance) => named(utterance, corpus.name)),
  );
  refuseTwice(utterances);
  const leftOut = corpora.flatMap((corpus) => corpus.leftOut ?? []);
  const notes = corpora.flatMap((corpus) => corpus.notes ?? []);
  const joined = {
    name: names.join('+'),
    utterances,
    skipped: corpora.flatMap(({ skipped }) => skipped),
    ...(leftOut.length > 0 && { leftOut }),
    ...(notes.length > 0 && { notes }),
  };
  return filterCorpus(joined, filters);
}

/** Renames the emotions of a corpus, and drops those without a new name: with a note for each. */
function mapEmotions(corpus: Corpus, map: LabelMap): Corpus {
  const { name, utterances, defaultEmotions } = corpus;
  refuseUnknownEmotions(name, utterances, Object.keys(map));
  const renamed = (emotion: string): string =>
    Object.hasOwn(map, emotion) ? map[emotion]! : emotion;
  const kept: Utterance[] = [];
  const dropped: Skipped[] = [];
  const notes = [...(corpus.notes ?? [])];
  const counts = new Map<string, number>();
  for (const utterance of utterances) {
    const { emotion } = utterance.labels;
    const now = emotion === undefined ? undefined : renamed(emotion);
    if (emotion !== undefined && now === '') {
      counts.set(emotion, (counts.get(emotion) ?? 0) + 1);
      dropped.push({ path: utterance.path, reason: `emotion ${emotion} of ${name} dropped` });
    } else if (now === undefined) kept.push(utterance);
    else kept.push({ ...utterance, labels: { ...utterance.labels, emotion: now } });
  }
  for (const emotion of sortedUnique([...counts.keys()])) {
    const count = counts.get(emotion)!;
    const what = count === 1 ? '1 utterance' : `${count} utterances`;
    notes.push(`${name}: the emotion ${nameList([emotion])} is dropped (${what})`);
  }
  if (kept.length === 0) {
    throw new CorpusError(
      `the map drops every utterance of the ${name} corpus`,
      'Give some of its emotions a name.',
    );
  }
  const defaults = defaultEmotions && [
    ...defaultEmotions.map(renamed),
    ...Object.values(map).filter((emotion) => emotion !== ''),
  ];
  return {
    ...corpus,
    utterances: kept,
    leftOut: [...(corpus.leftOut ?? []), ...dropped],
    ...(defaults && { defaultEmotions: defaults }),
    notes,
  };
}

/** An utterance with its corpus, also in the names of its speaker and session. */
function named(utterance: Utterance, corpus: string): Utterance {
  const { labels, session } = utterance;
  const { speaker, gender } = labels;
  return {
    ...utterance,
    corpus,
    labels: {
      ...labels,
      ...(speaker !== undefined && { speaker: `${corpus}/${speaker}` }),
      ...(gender !== undefined && { gender: genderOf(gender) }),
    },
    ...(session !== undefined && { session: `${corpus}/${session}` }),
  };
}

const genders: Readonly<Record<string, readonly string[]>> = {
  female: ['f', 'female', 'w', 'woman', 'weiblich'],
  male: ['m', 'male', 'man', 'männlich'],
};

/** One name for a gender, however a manifest spells it; another stays as it is. */
function genderOf(label: string): string {
  const own = label.trim().toLowerCase();
  return Object.keys(genders).find((gender) => genders[gender]?.includes(own)) ?? label;
}

function refuseTwice(utterances: readonly Utterance[]): void {
  const seen = new Map<string, string>();
  for (const { path, corpus = '' } of utterances) {
    const before = seen.get(path);
    if (before !== undefined && before !== corpus) {
      throw new CorpusError(
        `${path} is in two corpora: ${before} and ${corpus}`,
        'Give each corpus once, and folders that do not contain each other.',
      );
    }
    seen.set(path, corpus);
  }
}
