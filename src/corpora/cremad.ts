import { parseCsv } from '../core/csv.js';
import { readText, type Files } from '../core/files.js';
import { joinPath, parentFolder } from '../core/paths.js';
import { tableOf } from '../core/table.js';
import type { Corpus } from './corpus.js';
import { readNamed, type Naming } from './named.js';

const emotions: Readonly<Record<string, string>> = {
  ANG: 'anger',
  DIS: 'disgust',
  FEA: 'fear',
  HAP: 'happiness',
  NEU: 'neutral',
  SAD: 'sadness',
};

const TABLE = 'VideoDemographics.csv';

/** @param genders gender by actor */
function namingWith(genders: ReadonlyMap<string, string>): Naming {
  return {
    name: 'cremad',
    title: 'CREMA-D',
    example: 'AudioWAV/1001_DFA_ANG_XX.wav',
    parse: (stem) => {
      // Actor, sentence, emotion, intensity: one file has X for XX.
      const match = /^(1\d{3})_[A-Z]{3}_(ANG|DIS|FEA|HAP|NEU|SAD)_(?:LO|MD|HI|XX?)$/.exec(stem);
      if (match === null) return undefined;
      const [, speaker = '', code = ''] = match;
      const gender = genders.get(speaker) ?? '';
      return { labels: { emotion: emotions[code] ?? '', speaker, gender } };
    },
  };
}

/**
 * CREMA-D (Cao et al., IEEE Transactions on Affective Computing 5(4), 2014): `AudioWAV/` next to
 * `VideoDemographics.csv`, without which genders are unknown.
 *
 * @throws CorpusError, FormatError, FileError
 */
export async function readCremad(files: Files, folder: string): Promise<Corpus> {
  const table = await findTable(files, folder);
  const genders = table === undefined ? new Map<string, string>() : await readTable(files, table);
  const corpus = await readNamed(files, folder, namingWith(genders));
  if (table !== undefined) return corpus;
  const note = `there is no ${joinPath(folder, TABLE)}: genders are unknown`;
  return { ...corpus, notes: [...(corpus.notes ?? []), note] };
}

/** In the folder, or next to it if `AudioWAV` itself was given. */
async function findTable(files: Files, folder: string): Promise<string | undefined> {
  for (const place of [folder, parentFolder(folder)]) {
    const path = joinPath(place, TABLE);
    if (await files.exists(path)) return path;
  }
  return undefined;
}

async function readTable(files: Files, path: string): Promise<Map<string, string>> {
  const required = ['ActorID', 'Sex'] as const;
  const { rows } = tableOf(parseCsv(await readText(files, path), path), path, { required });
  return new Map(
    rows.map(({ cells }) => [cells.ActorID.trim(), cells.Sex.trim().toLowerCase()] as const),
  );
}
