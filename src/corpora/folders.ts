import { CorpusError } from '../core/errors.js';
import type { Files } from '../core/files.js';
import { recordingName } from '../core/recording-name.js';
import { walkFolder } from '../core/walk.js';
import { labelsOf, type Corpus, type Skipped, type Utterance } from './corpus.js';
import { isVisible } from './recordings.js';

/** Speakers and emotions, and a folder or two above them. */
const DEEPEST = 4;

/**
 * Recordings of one's own, in folders named after what is in them: `ann/anger/1.wav`, or without speakers `anger/1.wav`. WAV,
 * FLAC, MP3 and OGG.
 *
 * @throws CorpusError if no recording is in such a folder; FileError if the folder cannot be read
 */
export async function readFolders(files: Files, folder: string): Promise<Corpus> {
  const { files: found, passed } = await walkFolder(files, folder, {
    visible: isVisible,
    deepest: DEEPEST,
  });
  const utterances: Utterance[] = [];
  const skipped: Skipped[] = passed.flatMap(({ path, reason, kind }) =>
    kind === 'again' ? [] : [{ path, reason }],
  );
  for (const { path, parts } of found) {
    if (!recordingName.test(path)) continue;
    const [speaker, emotion] = [parts.at(-3), parts.at(-2)];
    if (emotion === undefined)
      skipped.push({ path, reason: 'not in a folder named after its emotion' });
    else utterances.push({ path, labels: labelsOf({ emotion, ...(speaker && { speaker }) }) });
  }
  if (utterances.length > 0) return { name: 'folders', utterances, skipped };
  throw new CorpusError(
    `${folder} has no recordings in folders named after emotions`,
    'Put them into folders such as ann/anger/1.wav, or without speakers anger/1.wav.',
  );
}
