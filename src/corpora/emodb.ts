import type { Files } from '../core/files.js';
import type { Corpus } from './corpus.js';
import { readNamed, type Naming } from './named.js';

/** Initial of the German word: Wut, Langeweile, Ekel, Angst, Freude, Trauer, neutral. */
const emotions: Readonly<Record<string, string>> = {
  W: 'anger',
  L: 'boredom',
  E: 'disgust',
  A: 'fear',
  F: 'happiness',
  T: 'sadness',
  N: 'neutral',
};

const women: readonly string[] = ['08', '09', '13', '14', '16'];

const naming: Naming = {
  name: 'emodb',
  title: 'EmoDB',
  example: 'wav/03a01Fa.wav',
  parse: (stem) => {
    // Speaker, sentence, emotion, version.
    const match = /^(03|08|09|1[0-6])[ab]\d\d([WLEAFTN])[a-z]$/.exec(stem);
    if (match === null) return undefined;
    const [, speaker = '', letter = ''] = match;
    const gender = women.includes(speaker) ? 'female' : 'male';
    return { labels: { emotion: emotions[letter] ?? '', speaker, gender } };
  },
};

/**
 * Berlin Database of Emotional Speech (Burkhardt et al., *A database of German emotional speech*,
 * Interspeech 2005): `wav/`, ten speakers.
 *
 * @throws CorpusError, FileError
 */
export function readEmodb(files: Files, folder: string): Promise<Corpus> {
  return readNamed(files, folder, naming);
}
