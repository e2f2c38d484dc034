import type { Files } from '../core/files.js';
import type { Corpus } from './corpus.js';
import { readNamed, type Naming } from './named.js';

const emotions: Readonly<Record<string, string>> = {
  ANGRY: 'anger',
  DISGUST: 'disgust',
  FEAR: 'fear',
  HAPPY: 'happiness',
  NEUTRAL: 'neutral',
  SAD: 'sadness',
  SURPRISE: 'surprise',
};

/**
 * Gender, number and name of the speaker, sentence, emotion, take. The name of one file,
 * F_02_MONIKA_S_2_SURPRISE_3], ends with a bracket.
 */
const pattern =
  /^(([FM])_(\d\d)_[A-Z]+_S_\d+_(ANGRY|DISGUST|FEAR|HAPPY|NEUTRAL|SAD|SURPRISE)_\d)\]?$/;

const naming: Naming = {
  name: 'subesco',
  title: 'SUBESCO',
  example: 'SUBESCO/F_02_MONIKA_S_1_NEUTRAL_5.wav',
  parse: (stem) => {
    const match = pattern.exec(stem);
    if (match === null) return undefined;
    const [, id = '', letter = '', number = '', code = ''] = match;
    const gender = letter === 'F' ? 'female' : 'male';
    // Women and men are both counted from 01.
    const speaker = `${letter}${number}`;
    return { labels: { emotion: emotions[code] ?? '', speaker, gender }, id };
  },
};

/**
 * SUBESCO (Sultana et al., *SUST Bangla emotional speech corpus (SUBESCO)*, PLoS ONE 16(4), 2021; Bangla,
 * CC BY 4.0): ten women, `F01` to `F10`, and ten men, `M01` to `M10`.
 *
 * @throws CorpusError, FileError
 */
export function readSubesco(files: Files, folder: string): Promise<Corpus> {
  return readNamed(files, folder, naming);
}
