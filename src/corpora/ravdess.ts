import type { Files } from '../core/files.js';
import type { Corpus } from './corpus.js';
import { readNamed, type NamedRecording, type Naming } from './named.js';

const emotions: Readonly<Record<string, string>> = {
  '01': 'neutral',
  '02': 'calm',
  '03': 'happiness',
  '04': 'sadness',
  '05': 'anger',
  '06': 'fear',
  '07': 'disgust',
  '08': 'surprise',
};

/** Modality, vocal channel, emotion, intensity, statement, repetition, actor. */
const pattern = /^(0[1-3])-(0[12])-(0[1-8])-0[12]-0[12]-0[12]-(0[1-9]|1\d|2[0-4])$/;
const AUDIO_ONLY = '03';
const SPEECH = '01';

function parse(stem: string): NamedRecording | undefined {
  const match = pattern.exec(stem);
  if (match === null) return undefined;
  const [, modality, channel, emotion = '', speaker = ''] = match;
  const gender = Number(speaker) % 2 === 1 ? 'male' : 'female';
  const labels = { emotion: emotions[emotion] ?? '', speaker, gender };
  if (modality !== AUDIO_ONLY) return { labels, leftOut: 'from a video' };
  return channel === SPEECH ? { labels } : { labels, leftOut: 'song' };
}

const naming: Naming = {
  name: 'ravdess',
  title: 'RAVDESS',
  example: 'Actor_12/03-01-06-01-02-01-12.wav',
  parse,
};

/**
 * RAVDESS (Livingstone & Russo, PLoS ONE 13(5), 2018): `Actor_01/` to `Actor_24/`, possibly in their
 * archive's folder. The audio-only recordings of speech; song is excluded.
 *
 * @throws CorpusError, FileError
 */
export function readRavdess(files: Files, folder: string): Promise<Corpus> {
  return readNamed(files, folder, naming);
}
