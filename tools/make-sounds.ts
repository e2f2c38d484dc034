/**
 * The sounds to click in the web page: one sentence for each emotion, as the demo's robot speaks it. `npm run web:build`
 * makes them, so that none is in the repository; the same bytes every time.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import EspeakNg from 'espeak-ng';
import { encodeWav } from '../src/audio/wav.js';
import { Random } from '../src/core/random.js';
import { emotions, expressed, type Emotion } from '../src/demo/expressions.js';
import { recorded } from '../src/demo/recording.js';
import { speakers } from '../src/demo/speakers.js';
import { loadSpeech } from '../src/demo/speech.js';

const SEED = 0;
const SPEAKER = 'Jane';

/** Words that say nothing of the emotion. */
const sentences: Readonly<Record<Emotion, string>> = {
  anger: 'My keys are on the kitchen table.',
  happiness: 'We can meet him at the station.',
  neutral: 'The shop was open until eight.',
  sadness: 'I left my coat in your car.',
};

/**
 * Writes one WAV for each emotion, `anger.wav` and so on.
 *
 * @param folder created if missing
 */
export async function makeSounds(folder: string): Promise<void> {
  const speaker = speakers.find(({ name }) => name === SPEAKER);
  if (speaker === undefined) throw new Error(`the demo has no speaker ${SPEAKER}`);
  // Imported above: the module runner that builds load this file with imports nothing later.
  const speech = await loadSpeech(() => Promise.resolve(EspeakNg));
  await mkdir(folder, { recursive: true });
  for (const emotion of emotions) {
    const random = new Random(SEED, `sound/${emotion}`);
    const spoken = speech(expressed(sentences[emotion], speaker, emotion, random));
    const { samples, rate } = recorded(spoken, random);
    await writeFile(join(folder, `${emotion}.wav`), encodeWav(samples, rate));
  }
}
