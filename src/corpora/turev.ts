import type { Files } from '../core/files.js';
import type { Corpus } from './corpus.js';
import { readNamed, type Naming } from './named.js';

/** Consonants of the Turkish word: kızgın, sakin, mutlu, hüzünlü. */
const emotions: Readonly<Record<string, string>> = {
  kz: 'anger',
  sk: 'calm',
  mt: 'happiness',
  hl: 'sadness',
};

const SOURCE = 'Sound Source';

const naming: Naming = {
  name: 'turev',
  title: 'TurEV-DB',
  example: `${SOURCE}/Angry/1157_kz_cene.wav`,
  parse: (stem, _folder, path) => {
    // Speaker, emotion, word. One file, 7895_hl_ogul1, has a digit more.
    const match = /^(\d{4})_(kz|sk|mt|hl)_[a-z]+\d?$/.exec(stem);
    if (match === null) return undefined;
    const [, speaker = '', code = ''] = match;
    const labels = { emotion: emotions[code] ?? '', speaker };
    const folders = path.split('/').slice(0, -1);
    if (folders.length <= 1 || folders.includes(SOURCE)) return { labels };
    return { labels, id: path, leftOut: `outside ${SOURCE}, as filtered copies are` };
  },
};

/**
 * TurEV-DB (Canpolat, Ormanoğlu & Zeyrek, *Turkish emotion voice database (TurEV-DB)*, SLTU-CCURL 2020; Turkish,
 * CC BY-NC-ND 4.0): single words of six speakers of unknown gender, in `Sound Source/Angry/`, `Calm/`,
 * `Happy/` and `Sad/`. The folder may be the repository, `Sound Source` itself or any with these four; the
 * filtered copies elsewhere in the repository are excluded.
 *
 * @throws CorpusError, FileError
 */
export function readTurev(files: Files, folder: string): Promise<Corpus> {
  return readNamed(files, folder, naming);
}
