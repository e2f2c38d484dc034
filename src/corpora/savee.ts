import type { Files } from '../core/files.js';
import type { Corpus } from './corpus.js';
import { readNamed, type Naming } from './named.js';

const emotions: Readonly<Record<string, string>> = {
  a: 'anger',
  d: 'disgust',
  f: 'fear',
  h: 'happiness',
  n: 'neutral',
  sa: 'sadness',
  su: 'surprise',
};

const speakers: readonly string[] = ['DC', 'JE', 'JK', 'KL'];

const naming: Naming = {
  name: 'savee',
  title: 'SAVEE',
  example: 'AudioData/DC/a01.wav',
  parse: (stem, folder) => {
    // The speaker may come before the emotion and the sentence; else the folder is the speaker's.
    const match = /^(?:([A-Z]{2})_)?(sa|su|[adfhn])(\d\d)$/.exec(stem);
    if (match === null) return undefined;
    const [, speaker = folder, code = '', sentence = ''] = match;
    if (!speakers.includes(speaker)) return undefined;
    const labels = { emotion: emotions[code] ?? '', speaker, gender: 'male' };
    return { labels, id: `${speaker}_${code}${sentence}` };
  },
};

/**
 * Surrey Audio-Visual Expressed Emotion (Haq & Jackson, 2010): `AudioData/`, a folder for each of the
 * four men; or all in one folder as `DC_a01.wav`.
 *
 * @throws CorpusError, FileError
 */
export function readSavee(files: Files, folder: string): Promise<Corpus> {
  return readNamed(files, folder, naming);
}
