import type { Files } from '../core/files.js';
import type { Corpus } from './corpus.js';
import { readNamed, type Naming } from './named.js';

const emotions: Readonly<Record<string, string>> = {
  angry: 'anger',
  disgust: 'disgust',
  fear: 'fear',
  happy: 'happiness',
  neutral: 'neutral',
  ps: 'surprise',
  sad: 'sadness',
};

const naming: Naming = {
  name: 'tess',
  title: 'TESS',
  example: 'OAF_angry/OAF_back_angry.wav',
  parse: (stem) => {
    // Speaker, word, emotion (ps is pleasant surprise). One file, OA_bite_neutral, lacks a letter.
    const match = /^(OAF?|YAF)_[A-Za-z]+_(angry|disgust|fear|happy|neutral|ps|sad)$/.exec(stem);
    if (match === null) return undefined;
    const [, name, code = ''] = match;
    const speaker = name === 'YAF' ? 'YAF' : 'OAF';
    return { labels: { emotion: emotions[code] ?? '', speaker, gender: 'female' } };
  },
};

/**
 * Toronto Emotional Speech Set (Pichora-Fuller & Dupuis, 2010): a folder for each emotion of each of
 * the two women, or all recordings in one folder.
 *
 * @throws CorpusError, FileError
 */
export function readTess(files: Files, folder: string): Promise<Corpus> {
  return readNamed(files, folder, naming);
}
