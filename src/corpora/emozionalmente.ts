import { CorpusError } from '../core/errors.js';
import type { Files } from '../core/files.js';
import { joinPath } from '../core/paths.js';
import { readTable } from '../core/table.js';
import { corpusOfExisting, labelsOf, type Corpus } from './corpus.js';
import { readGenders, refuseBadNames } from './tables.js';

/** Those that the authors call something else. */
const emotions: ReadonlyMap<string, string> = new Map([
  ['joy', 'happiness'],
  ['neutrality', 'neutral'],
]);

const SAMPLES = 'metadata/samples.csv';
const USERS = 'metadata/users.csv';

/** Folders of the archives of versions 1.1 and 1.0. */
const archives: readonly string[] = ['emozionalmente', 'emozionalmente_dataset'];

/**
 * Emozionalmente (Catania, Wilke & Garzotto, *Emozionalmente: a crowdsourced corpus of simulated emotional
 * speech in Italian*, IEEE Transactions on Audio, Speech and Language Processing 33, 2025; Italian, CC BY 4.0):
 * `metadata/samples.csv` and `metadata/users.csv`, without which genders are unknown, next to `audio/`;
 * possibly in their archive's folder. Emotions are those that the actors intended. Missing recordings are skipped.
 *
 * @throws CorpusError, FormatError, FileError
 */
export async function readEmozionalmente(files: Files, folder: string): Promise<Corpus> {
  const place = await findPlace(files, folder);
  const table = joinPath(place, SAMPLES);
  const required = ['file_name', 'actor', 'emotion_expressed'] as const;
  const parsed = await readTable(files, table, { required });
  refuseBadNames(parsed, table, 'file_name');
  const users = (await files.exists(joinPath(place, USERS))) ? joinPath(place, USERS) : undefined;
  const genders = await readGenders(files, users, { speaker: 'username', gender: 'gender' });
  const utterances = parsed.rows.map(({ cells }) => {
    const speaker = cells.actor.trim();
    const emotion = cells.emotion_expressed.trim();
    const gender = genders.get(speaker) ?? '';
    return {
      path: joinPath(place, `audio/${cells.file_name.trim()}`),
      labels: labelsOf({ emotion: emotions.get(emotion) ?? emotion, speaker, gender }),
    };
  });
  const corpus = await corpusOfExisting('emozionalmente', files, utterances);
  if (users !== undefined) return corpus;
  return { ...corpus, notes: [`there is no ${joinPath(place, USERS)}: genders are unknown`] };
}

/** The folder with the tables: the given one, or its archive's. */
async function findPlace(files: Files, folder: string): Promise<string> {
  for (const place of [folder, ...archives.map((name) => joinPath(folder, name))]) {
    if (await files.exists(joinPath(place, SAMPLES))) return place;
  }
  throw new CorpusError(
    `there is no ${joinPath(folder, SAMPLES)}`,
    'Give the folder of the Emozionalmente corpus, with metadata/ and audio/.',
  );
}
