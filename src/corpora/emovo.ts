import type { Files } from '../core/files.js';
import type { Corpus } from './corpus.js';
import { readNamed, type Naming } from './named.js';

/** Start of the Italian word: disgusto, gioia, neutro, paura, rabbia, sorpresa, tristezza. */
const emotions: Readonly<Record<string, string>> = {
  dis: 'disgust',
  gio: 'happiness',
  neu: 'neutral',
  pau: 'fear',
  rab: 'anger',
  sor: 'surprise',
  tri: 'sadness',
};

const naming: Naming = {
  name: 'emovo',
  title: 'EMOVO',
  example: 'f1/dis-f1-b1.wav',
  parse: (stem) => {
    // Emotion, speaker, sentence.
    const match = /^(dis|gio|neu|pau|rab|sor|tri)-([fm][1-3])-[a-z]\d$/.exec(stem);
    if (match === null) return undefined;
    const [, code = '', speaker = ''] = match;
    const gender = speaker.startsWith('f') ? 'female' : 'male';
    return { labels: { emotion: emotions[code] ?? '', speaker, gender } };
  },
};

/**
 * EMOVO (Costantini et al., *EMOVO corpus: an Italian emotional speech database*, LREC 2014): a folder
 * for each of the three women and three men.
 *
 * @throws CorpusError, FileError
 */
export function readEmovo(files: Files, folder: string): Promise<Corpus> {
  return readNamed(files, folder, naming);
}
