import type { Files } from '../core/files.js';
import { joinPath } from '../core/paths.js';
import type { Corpus } from './corpus.js';
import { readNamed, type Naming } from './named.js';
import { findTable, readGenders } from './tables.js';

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
  const table = await findTable(files, folder, TABLE);
  const genders = await readGenders(files, table, { speaker: 'ActorID', gender: 'Sex' });
  const corpus = await readNamed(files, folder, namingWith(genders));
  if (table !== undefined) return corpus;
  const note = `there is no ${joinPath(folder, TABLE)}: genders are unknown`;
  return { ...corpus, notes: [...(corpus.notes ?? []), note] };
}
