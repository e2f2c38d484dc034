/** What a model answers to speakers that it was not trained on, by what is known of them and how they sound. */
import { answersBy, type Known, type TestRecording } from '../../bench/enrolments.js';
import type { Utterance } from '../../src/corpora/corpus.js';
import type { Files } from '../../src/core/files.js';
import { isRegression } from '../../src/core/heads.js';
import { type ConditionName, conditionNames } from '../../src/features/conditions/conditions.js';
import { ownMoments } from '../../src/features/speaker-moments.js';
import { storedFeaturesOfFile } from '../../src/features/utterance.js';
import type { Engine } from '../../src/gpu/engine.js';
import { Predictor } from '../../src/inference/predictor.js';
import type { TrainedModel } from '../../src/model/folder.js';
import { unlessUntrimmed } from '../../src/features/trim.js';
import type { Mp3s } from './mp3.js';
import { languageOf } from './recipes.js';

/** How recordings sound: as they are, under a condition of training, or after an MP3 encoder, which none trained on. */
export type Sound = 'clean' | ConditionName | 'mp3';
export const sounds: readonly Sound[] = ['clean', ...conditionNames, 'mp3'];

/** What is known of a speaker: the recording itself alone, it and nine more, all. */
const amounts: readonly Known[] = ['itself', 10, 'all'];
/** Of recordings as they are. */
const amountsClean: readonly Known[] = ['itself', 3, 5, 10, 'all'];
/** Choices of the ten. */
const DRAWS = 3;
/** Digits that are kept of a probability. */
const DIGITS = 5;

export interface HeldRecording {
  readonly corpus: string;
  readonly language: string;
  readonly speaker: string;
  readonly gender: string;
  readonly truth: number;
}

/** Answers to all recordings. */
export interface Asked {
  readonly sound: Sound;
  readonly known: Known;
  readonly draw: number;
  /** [recordings][C] */
  readonly probabilities: readonly (readonly number[])[];
}

export interface HeldOut {
  readonly labels: readonly string[];
  readonly recordings: readonly HeldRecording[];
  readonly asked: readonly Asked[];
}

/**
 * Asks a model about recordings of speakers that it does not know.
 *
 * @param utterances with emotion and speaker; those of an emotion without a label are left out
 * @param wanted how they sound
 */
export async function hearHeldOut(
  engine: Engine,
  files: Files,
  trained: TrainedModel,
  utterances: readonly Utterance[],
  {
    wanted,
    cache,
    mp3s,
    log,
  }: {
    readonly wanted: readonly Sound[];
    readonly cache: string;
    readonly mp3s: Mp3s;
    readonly log: (line: string) => void;
  },
): Promise<HeldOut> {
  const { normalisation, featureSet, trimDb } = trained;
  const prior = normalisation?.scope === 'speaker' ? normalisation.prior : undefined;
  if (prior === undefined || featureSet === undefined) throw new Error('a model without a prior');
  const labels = trained.labels['emotion'] ?? [];
  const known = utterances.filter(({ labels: own }) => labels.includes(own['emotion'] ?? ''));
  const predictor = new Predictor(engine, trained);
  const head = trained.model.heads.findIndex((own) => own.task === 'emotion' && !isRegression(own));
  const functionals = prior.functionals !== undefined;
  const read = async (utterance: Utterance, sound: Sound): Promise<TestRecording> => {
    const path = sound === 'mp3' ? await mp3s.of(utterance.path) : utterance.path;
    const condition = sound === 'clean' || sound === 'mp3' ? {} : { condition: sound };
    const options = { featureSet, ...unlessUntrimmed(trimDb), cache, warn: log, ...condition };
    const { features, frames } = await storedFeaturesOfFile(files, path, options);
    return {
      speaker: utterance.labels['speaker'] ?? '',
      truth: labels.indexOf(utterance.labels['emotion'] ?? ''),
      frames,
      moments: ownMoments(features, featureSet.dimensions, functionals),
      read: () => Promise.resolve(features),
    };
  };
  const asked: Asked[] = [];
  try {
    for (const sound of wanted) {
      log(`${known.length} recordings, ${sound}`);
      const recordings: TestRecording[] = [];
      for (const utterance of known) recordings.push(await read(utterance, sound));
      const ask = async (rows: Parameters<typeof predictor.answer>[0]) => {
        const answers = await predictor.answer(rows, { attention: false });
        return answers.map(({ probabilities }) => probabilities[head]!);
      };
      for (const amount of sound === 'clean' ? amountsClean : amounts) {
        for (let draw = 0; draw < (typeof amount === 'number' ? DRAWS : 1); draw++) {
          const tested = { prior, recordings, ask };
          const answers = await answersBy(tested, amount, prior.kappa, draw, true);
          const probabilities = answers.map((own) =>
            Array.from(own, (p) => Number(p.toPrecision(DIGITS))),
          );
          asked.push({ sound, known: amount, draw, probabilities });
        }
      }
    }
  } finally {
    predictor.destroy();
  }
  const recordings = known.map(({ corpus = '', labels: own, path }) => ({
    corpus,
    language: languageOf(corpus, path),
    speaker: own['speaker'] ?? '',
    gender: own['gender'] ?? '',
    truth: labels.indexOf(own['emotion'] ?? ''),
  }));
  return { labels, recordings, asked };
}
