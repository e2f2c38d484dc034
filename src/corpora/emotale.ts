import type { Files } from '../core/files.js';
import { joinPath } from '../core/paths.js';
import { mean } from '../core/sum.js';
import { readTable } from '../core/table.js';
import type { Corpus } from './corpus.js';
import type { CorpusNumbers } from './filters.js';
import { readNamed, type Naming } from './named.js';
import { findTable, readGenders } from './tables.js';

const emotions: Readonly<Record<string, string>> = {
  A: 'anger',
  B: 'boredom',
  H: 'happiness',
  N: 'neutral',
  S: 'sadness',
};

const SPEAKERS = 'speaker_info.csv';
const ANNOTATIONS = 'annotations.csv';

/** End of the columns of each regression task: `a1_A` is the arousal that the first rater heard. */
const attributes = [
  ['A', 'arousal'],
  ['V', 'valence'],
  ['D', 'dominance'],
] as const;

type Values = Readonly<Record<string, number>>;

/**
 * @param genders gender by speaker
 * @param values numbers by recording
 */
function namingWith(
  genders: ReadonlyMap<string, string>,
  values: ReadonlyMap<string, Values>,
): Naming {
  return {
    name: 'emotale',
    title: 'EmoTale',
    example: 'wav/DK_001_A_1.wav',
    parse: (stem) => {
      // Language, speaker, emotion, sentence.
      const match = /^(?:DK|EN)_(\d{3})_([ABHNS])_\d$/.exec(stem);
      if (match === null) return undefined;
      const [, speaker = '', code = ''] = match;
      const labels = { emotion: emotions[code] ?? '', speaker, gender: genders.get(speaker) ?? '' };
      const found = values.get(stem);
      return found === undefined ? { labels } : { labels, values: found };
    },
  };
}

/**
 * EmoTale (Hjuler et al., *EmoTale: an enacted speech-emotion dataset in Danish*, ASRU 2025; Danish and
 * English, published without a licence, to be cited): `wav/` next to `speaker_info.csv`, without which genders
 * are unknown, and `annotations.csv`, without which numbers are: the means of arousal, valence and dominance
 * over the raters, from 1 to 5. Who speaks both languages is one speaker. To use one of them, write a manifest
 * and keep its lines.
 *
 * @throws CorpusError, FormatError, FileError
 */
export async function readEmotale(
  files: Files,
  folder: string,
  { regression = [] }: CorpusNumbers = {},
): Promise<Corpus> {
  const notes: string[] = [];
  const find = async (name: string, unknown: string): Promise<string | undefined> => {
    const path = await findTable(files, folder, name);
    if (path !== undefined) return path;
    notes.push(`there is no ${joinPath(folder, name)}: ${unknown} are unknown`);
    return undefined;
  };
  const speakers = await find(SPEAKERS, 'genders');
  const genders = await readGenders(files, speakers, { speaker: 'speaker', gender: 'gender' });
  const annotations = regression.length > 0 ? await find(ANNOTATIONS, 'numbers') : undefined;
  const values = await readValues(files, annotations);
  const corpus = await readNamed(files, folder, namingWith(genders, values));
  return notes.length === 0 ? corpus : { ...corpus, notes: [...(corpus.notes ?? []), ...notes] };
}

/**
 * Means over the raters who gave a number, by name of the recording; tasks without one are left out.
 *
 * @param path undefined if there is no table, so no number is known
 */
async function readValues(files: Files, path: string | undefined): Promise<Map<string, Values>> {
  if (path === undefined) return new Map();
  const required = ['file'] as const;
  const { columns, rows } = await readTable(files, path, { required });
  const ratings = attributes.map(([letter, task]) => {
    const pattern = new RegExp(`^a\\d+_${letter}$`);
    return [task, columns.filter((name) => pattern.test(name))] as const;
  });
  const entries = rows.map(({ cells }) => {
    const all: Readonly<Record<string, string>> = cells;
    const means = ratings.map(([task, names]) => [
      task,
      meanOf(names.map((name) => all[name] ?? '')),
    ]);
    const known = means.filter(([, mean]) => Number.isFinite(mean));
    return [cells.file.trim().replace(/\.wav$/i, ''), Object.fromEntries(known) as Values] as const;
  });
  return new Map(entries);
}

/** Mean of those that are numbers; NaN if none is. */
function meanOf(texts: readonly string[]): number {
  const numbers = texts
    .map((text) => (text.trim() === '' ? NaN : Number(text)))
    .filter(Number.isFinite);
  return mean(numbers);
}
