/** From answers to held-out speakers to the numbers of a model's card. */
import type { Known } from '../../bench/enrolments.js';
import {
  type Answers,
  atTemperature,
  calibrationError,
  coverageAt,
  fitTemperature,
} from '../../src/metrics/calibration.js';
import type { Confidence, SureAnswers } from '../../src/model/confidence.js';
import { confusionMatrix, largest, scores } from '../../src/metrics/metrics.js';
import { type HeldOut, type HeldRecording, type Sound, sounds } from './held-out.js';

/** Which recordings are scored, and what is asked about them. */
interface Question {
  readonly sound?: Sound;
  readonly known: Known;
  readonly of?: (recording: HeldRecording) => boolean;
}

/** Answers with their recordings, of all draws. */
function answersTo(
  held: readonly HeldOut[],
  { sound = 'clean', known, of = () => true }: Question,
): (Answers & { readonly recordings: readonly HeldRecording[] })[] {
  const draws = [...new Set(held.flatMap(({ asked }) => asked.map(({ draw }) => draw)))];
  return draws.flatMap((draw) => {
    const rows = held.flatMap(({ recordings, asked }) => {
      const found = asked.find(
        (own) => own.sound === sound && own.known === known && own.draw === draw,
      );
      return recordings.flatMap((recording, i) => {
        const own = found?.probabilities[i];
        return own && of(recording) ? [{ recording, own }] : [];
      });
    });
    if (rows.length === 0) return [];
    return [
      {
        probabilities: rows.map(({ own }) => own),
        truth: rows.map(({ recording }) => recording.truth),
        recordings: rows.map(({ recording }) => recording),
      },
    ];
  });
}

function uarOf({ probabilities, truth }: Answers, classes: number): number {
  const predicted = probabilities.map((own) => largest(own));
  return scores(confusionMatrix(truth, predicted, classes)).uar;
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, x) => sum + x, 0) / values.length;

/** UAR by what is known of the speakers. */
export interface Scores {
  readonly speakers: number;
  readonly recordings: number;
  /** One recording of a speaker at hand: the one that is predicted. */
  readonly one: number;
  readonly ten: number;
  readonly all: number;
}

/** UAR of some recordings; undefined if there are none. */
function scoresOf(
  held: readonly HeldOut[],
  question: Omit<Question, 'known'> = {},
): Scores | undefined {
  const classes = held[0]?.labels.length ?? 0;
  const uar = (known: Known): number =>
    mean(answersTo(held, { ...question, known }).map((own) => uarOf(own, classes)));
  const [first] = answersTo(held, { ...question, known: 'itself' });
  if (first === undefined) return undefined;
  return {
    speakers: new Set(first.recordings.map(({ speaker }) => speaker)).size,
    recordings: first.recordings.length,
    one: uar('itself'),
    ten: uar(10),
    all: uar('all'),
  };
}

type Table = Readonly<Record<string, Scores>>;

/** A table by a property of the recordings, sorted. */
function tableBy(held: readonly HeldOut[], key: (recording: HeldRecording) => string): Table {
  const keys = [...new Set(held.flatMap(({ recordings }) => recordings.map(key)))].sort();
  return Object.fromEntries(
    keys.flatMap((name) => {
      const found = scoresOf(held, { of: (own) => key(own) === name });
      return found && name !== '' ? [[name, found] as const] : [];
    }),
  );
}

/** What is known of held-out speakers' answers under each sound. */
function tableBySound(held: readonly HeldOut[]): Table {
  return Object.fromEntries(
    sounds.flatMap((sound) => {
      const found = scoresOf(held, { sound });
      return found ? [[sound, found] as const] : [];
    }),
  );
}

/** Answers with one and with ten recordings at hand, where every corpus counts alike. */
function pooled(held: readonly HeldOut[], known: readonly Known[]): Answers {
  const parts = known.flatMap((own) => answersTo(held, { known: own }));
  const recordings = parts.flatMap((own) => own.recordings);
  const counts = new Map<string, number>();
  for (const { corpus } of recordings) counts.set(corpus, (counts.get(corpus) ?? 0) + 1);
  return {
    probabilities: parts.flatMap((own) => own.probabilities),
    truth: parts.flatMap((own) => own.truth),
    weights: recordings.map(({ corpus }) => 1 / counts.get(corpus)!),
  };
}

function tempered(answers: Answers, temperature: number): Answers {
  return {
    ...answers,
    probabilities: answers.probabilities.map((own) => atTemperature(own, temperature)),
  };
}

/** Expected calibration error before and after the temperature, with one and with ten recordings at hand. */
export interface Calibration {
  readonly before: number;
  readonly after: number;
  readonly one: number;
  readonly ten: number;
}

function calibrationOf(held: readonly HeldOut[], temperature: number): Calibration {
  const error = (known: readonly Known[], t: number): number =>
    calibrationError(tempered(pooled(held, known), t));
  return {
    before: error(['itself', 10], 1),
    after: error(['itself', 10], temperature),
    one: error(['itself'], temperature),
    ten: error([10], temperature),
  };
}

/** Coverage and accuracy of the answers at or above a threshold, with one and with ten recordings at hand. */
export interface Sure {
  readonly threshold: number;
  readonly one: { readonly coverage: number; readonly accuracy: number };
  readonly ten: { readonly coverage: number; readonly accuracy: number };
}

function sureOf(held: readonly HeldOut[], temperature: number, threshold: number): Sure {
  const at = (known: Known) => coverageAt(tempered(pooled(held, [known]), temperature), threshold);
  return { threshold, one: at('itself'), ten: at(10) };
}

/** Answers above the threshold are to be right so often, with ten recordings at hand. */
const WANTED = 0.75;
/** Share of answers that are to be above it, if so many cannot be right. */
const LEAST_COVERAGE = 0.2;
/** Thresholds, in hundredths. */
const THRESHOLDS = { from: 30, to: 90, step: 5 };

/** The lowest threshold from which on so many answers are right; else the one of the highest accuracy. */
function thresholdOf(held: readonly HeldOut[], temperature: number): number {
  let best = { threshold: 0, accuracy: 0 };
  for (let t = THRESHOLDS.from; t <= THRESHOLDS.to; t += THRESHOLDS.step) {
    const threshold = t / 100;
    const { accuracy, coverage } = sureOf(held, temperature, threshold).ten;
    if (accuracy >= WANTED) return threshold;
    if (accuracy > best.accuracy && coverage >= LEAST_COVERAGE) best = { threshold, accuracy };
  }
  return best.threshold;
}

/** All that is measured of a model. */
export interface Evaluation {
  readonly labels: readonly string[];
  /** Speakers of its corpora that it does not know, by corpus. */
  readonly speakers: Table;
  /** Corpora that it does not know: `fit` decided temperature and threshold, `check` nothing. By corpus and language. */
  readonly corpora: { readonly fit: Table; readonly check: Table };
  readonly gender: Table;
  /** Of the unknown speakers of its corpora, and of corpora that it does not know. */
  readonly sounds: { readonly speakers: Table; readonly fit: Table };
  readonly temperature: number;
  readonly calibration: {
    readonly speakers: Calibration;
    readonly fit: Calibration;
    readonly check?: Calibration;
  };
  readonly sure: { readonly speakers: Sure; readonly fit: Sure; readonly check?: Sure };
  /** Coverage and accuracy on the corpora that were fitted on, by recordings at hand. */
  readonly measured: readonly SureAnswers[];
  /** Likewise at every threshold, with one and with ten. */
  readonly thresholds: readonly Sure[];
}

const corpusAndLanguage = ({ corpus, language }: HeldRecording): string =>
  `${corpus} (${language})`;

/**
 * Evaluates a model by models that did not hear the speakers, or the corpora.
 *
 * @param speakers of its corpora, by models without them
 * @param fit of corpora that it does not know, by itself or models without them
 * @param check likewise, of corpora that decide nothing
 */
export function evaluationOf(
  speakers: readonly HeldOut[],
  fit: readonly HeldOut[],
  check: readonly HeldOut[],
): Evaluation {
  const temperature = fitTemperature(pooled(fit, ['itself', 10]));
  const threshold = thresholdOf(fit, temperature);
  const thresholds: Sure[] = [];
  for (let t = THRESHOLDS.from; t <= THRESHOLDS.to; t += THRESHOLDS.step) {
    thresholds.push(sureOf(fit, temperature, t / 100));
  }
  return {
    labels: speakers[0]?.labels ?? [],
    speakers: tableBy(speakers, corpusAndLanguage),
    corpora: { fit: tableBy(fit, corpusAndLanguage), check: tableBy(check, corpusAndLanguage) },
    gender: tableBy([...fit, ...check], ({ gender }) => gender),
    sounds: { speakers: tableBySound(speakers), fit: tableBySound(fit) },
    temperature,
    calibration: {
      speakers: calibrationOf(speakers, temperature),
      fit: calibrationOf(fit, temperature),
      ...(check.length > 0 && { check: calibrationOf(check, temperature) }),
    },
    sure: {
      speakers: sureOf(speakers, temperature, threshold),
      fit: sureOf(fit, temperature, threshold),
      ...(check.length > 0 && { check: sureOf(check, temperature, threshold) }),
    },
    measured: [1, 3, 5, 10].map((recordings) => {
      const answers = pooled(fit, [recordings === 1 ? 'itself' : recordings]);
      return { recordings, ...coverageAt(tempered(answers, temperature), threshold) };
    }),
    thresholds,
  };
}

/** What the model says of its answers: on corpora that it has not heard. */
export function confidenceOf({ sure, measured }: Evaluation): Confidence {
  const share = (x: number): number => Number(x.toFixed(3));
  return {
    threshold: sure.fit.threshold,
    measured: measured.map(({ recordings, coverage, accuracy }) => ({
      recordings,
      coverage: share(coverage),
      accuracy: share(accuracy),
    })),
  };
}
