import type { Files } from '../core/files.js';
import type { Corpus } from './corpus.js';
import { readNamed, type Naming } from './named.js';

/** The primary emotions; the secondary ones keep the authors' names. */
const emotions: Readonly<Record<string, string>> = {
  angry: 'anger',
  excited: 'excitement',
  happy: 'happiness',
  neutral: 'neutral',
  sad: 'sadness',
};

/** Speaker, emotion, sentence, session. */
const pattern =
  /^((female|male)[12])_(angry|excited|happy|neutral|sad|anxious|apologetic|assertive|concerned|encouraging)_\d+[ab]_\d$/;

const naming: Naming = {
  name: 'jlcorpus',
  title: 'JL-Corpus',
  example: 'Raw JL corpus (unchecked and unannotated)/JL(wav+txt)/female1_angry_10a_1.wav',
  parse: (stem) => {
    const match = pattern.exec(stem);
    if (match === null) return undefined;
    const [, speaker = '', gender = '', emotion = ''] = match;
    return { labels: { emotion: emotions[emotion] ?? emotion, speaker, gender } };
  },
};

/**
 * JL-Corpus (James, Tian & Watson, *An open source emotional speech corpus for human robot interaction
 * applications*, Interspeech 2018; New Zealand English, CC0): two women and two men. Besides five primary
 * emotions there are five secondary ones, `anxious`, `apologetic`, `assertive`, `concerned` and `encouraging`.
 *
 * @throws CorpusError, FileError
 */
export function readJlCorpus(files: Files, folder: string): Promise<Corpus> {
  return readNamed(files, folder, naming);
}
