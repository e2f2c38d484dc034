import type { Files } from '../core/files.js';
import type { Corpus } from './corpus.js';
import { readNamed, type Naming } from './named.js';

/** The genders of adults alone are known: voice C is that of children. */
const genders: Readonly<Record<string, string>> = { F: 'female', M: 'male' };

/** Emotion, voice, list of words, level of reduction if any, word or words. */
const pattern =
  /^(Anger|Disgust|Fear|Happiness|Neutral|Sadness)_([CFM])_[AB]_(L[12]_)?\p{L}+(?:_\p{L}+)*$/u;

const naming: Naming = {
  name: 'mesd',
  title: 'MESD',
  example: 'Mexican Emotional Speech Database (MESD)/Anger_C_A_abajo.wav',
  parse: (stem) => {
    const match = pattern.exec(stem);
    if (match === null) return undefined;
    const [, emotion = '', speaker = '', level] = match;
    const gender = genders[speaker] ?? '';
    const labels = { emotion: emotion.toLowerCase(), speaker, gender };
    return level === undefined ? { labels } : { labels, leftOut: 'made less natural' };
  },
};

/**
 * Mexican Emotional Speech Database (Duville, Alonso-Valerdi & Ibarra-Zarate, Data 6(12), 2021; Mexican
 * Spanish, CC BY 4.0): single words of three women, two men and six children. File names do not tell the actors
 * apart, so the voice stands for the speaker: `F`, `M` or `C` (children, without a gender). Such a speaker is
 * several people, and a split by speaker is one by kind of voice. Voices that the authors made less natural
 * are excluded.
 *
 * @throws CorpusError, FileError
 */
export function readMesd(files: Files, folder: string): Promise<Corpus> {
  return readNamed(files, folder, naming);
}
