import { encodeWav } from '../audio/wav.js';
import { UsageError } from '../core/errors.js';
import type { Files } from '../core/files.js';
import { joinPath } from '../core/paths.js';
import { Random } from '../core/random.js';
import type { Utterance } from '../corpora/corpus.js';
import { writeManifest } from '../corpora/manifest.js';
import { emotions, expressed, type Emotion } from './expressions.js';
import { recorded } from './recording.js';
import { speakers, type Speaker } from './speakers.js';
import type { Speech } from './speech.js';

export interface DemoCorpus {
  /** Path of the manifest CSV that lists every recording. */
  readonly manifest: string;
  /** Number of recordings by side of the split. */
  readonly training: number;
  readonly test: number;
  /** Total length of all recordings. */
  readonly seconds: number;
}

export interface DemoCorpusOptions {
  readonly seed: number;
  /** Sentences per speaker and emotion, 1 to 12 (default 5). */
  readonly sentences?: number;
  /** Called after each recording. */
  readonly onRecording?: (done: number, total: number) => void;
}

/** Plain statements that suit any emotion. */
const sentences = [
  'The train leaves at half past nine.',
  'My keys are on the kitchen table.',
  'She has already read the letter.',
  'They painted the door this morning.',
  'We can meet him at the station.',
  'There is some bread in the basket.',
  'He said it would rain tomorrow.',
  'I left my coat in your car.',
  'The shop was open until eight.',
  'Nobody told me about the meeting.',
  'You will find it under the stairs.',
  'It happened again last Monday.',
];

/** A sentence to be spoken, with its inputs. */
interface Line {
  readonly text: string;
  readonly speaker: Speaker;
  readonly emotion: Emotion;
  readonly random: Random;
  readonly path: string;
}

/**
 * Synthesises and writes the demo corpus: ten speakers, two of them only for testing,
 * four emotions, one WAV per recording, and last `manifest.csv`. The same seed gives the same bytes.
 *
 * @param folder output folder; created if missing
 * @throws UsageError for an invalid number of sentences, AlstmError if espeak-ng fails,
 *   WriteError if a file cannot be written
 */
export async function makeDemoCorpus(
  files: Files,
  speech: Speech,
  folder: string,
  { seed, sentences: count = 5, onRecording }: DemoCorpusOptions,
): Promise<DemoCorpus> {
  if (!Number.isInteger(count) || count < 1 || count > sentences.length) {
    throw new UsageError(
      `cannot speak ${count} sentences per emotion`,
      `Give an integer from 1 to ${sentences.length}.`,
    );
  }
  const lines = speakers.flatMap((speaker) => linesOf(speaker, seed, count, folder));
  const utterances: Utterance[] = [];
  let seconds = 0;
  for (const { text, speaker, emotion, random, path } of lines) {
    const { samples, rate } = recorded(speech(expressed(text, speaker, emotion, random)), random);
    await files.write(path, encodeWav(samples, rate));
    const { name, gender, split } = speaker;
    utterances.push({ path, labels: { emotion, speaker: name, gender }, split });
    seconds += samples.length / rate;
    onRecording?.(utterances.length, lines.length);
  }
  const manifest = joinPath(folder, 'manifest.csv');
  await writeManifest(files, manifest, utterances);
  const test = utterances.filter(({ split }) => split === 'test').length;
  return { manifest, training: utterances.length - test, test, seconds };
}

/** A speaker says the same sentences in every emotion, so that the words do not reveal it. */
function linesOf(speaker: Speaker, seed: number, count: number, folder: string): Line[] {
  const { name } = speaker;
  const texts = new Random(seed, `demo/${name}`).shuffle(sentences).slice(0, count);
  return emotions.flatMap((emotion) =>
    texts.map((text, i) => ({
      text,
      speaker,
      emotion,
      random: new Random(seed, `demo/${name}/${emotion}/${i}`),
      path: joinPath(folder, `${name.toLowerCase()}/${emotion}-${i + 1}.wav`),
    })),
  );
}
