import type { Random } from '../core/random.js';
import type { Speaker } from './speakers.js';
import type { SpeechRequest } from './speech.js';

export type Emotion = 'anger' | 'happiness' | 'neutral' | 'sadness';
export const emotions: readonly Emotion[] = ['anger', 'happiness', 'neutral', 'sadness'];

/** How an emotion changes a speaker's usual voice. Factors multiply; the rest are espeak-ng's settings. */
interface Expression {
  /** Factor of the usual pitch. */
  readonly pitch: number;
  /** Height of the pitch contour above its base, as a factor of the base. */
  readonly range: number;
  /** Factor of the usual rate. */
  readonly rate: number;
  /** Loudness, 0 to 200. */
  readonly amplitude: number;
  /** Pause between words, in 10 ms. */
  readonly wordGap: number;
  /** Loudness of stressed syllables relative to unstressed ones. */
  readonly stress: number;
  /** Lengthening of stressed syllables, in espeak-ng's units (an ordinary one has about 200). */
  readonly drawl: number;
  /** Tremor of the pitch. */
  readonly flutter: number;
  /** Added to the speaker's own irregularity of the voice. */
  readonly roughness: number;
  /** Aspiration noise. */
  readonly breath: number;
  /** Loudness of the upper harmonics (from 2 kHz) relative to neutral. */
  readonly brightness: number;
}

/** Findings on acted emotions, as far as these settings can express them: Banse & Scherer (1996). */
const expressions: Readonly<Record<Emotion, Expression>> = {
  anger: {
    pitch: 1.25,
    range: 0.55,
    rate: 1.3,
    amplitude: 95,
    wordGap: 0,
    stress: 2.6,
    drawl: -40,
    flutter: 3,
    roughness: 4,
    breath: 0,
    brightness: 1.7,
  },
  happiness: {
    pitch: 1.3,
    range: 1.35,
    rate: 1.08,
    amplitude: 85,
    wordGap: 0.5,
    stress: 1.3,
    drawl: 100,
    flutter: 5,
    roughness: 0,
    breath: 1,
    brightness: 1.25,
  },
  neutral: {
    pitch: 1,
    range: 0.42,
    rate: 1,
    amplitude: 70,
    wordGap: 0.5,
    stress: 1.2,
    drawl: 0,
    flutter: 2,
    roughness: 0,
    breath: 0,
    brightness: 1,
  },
  sadness: {
    pitch: 0.94,
    range: 0.16,
    rate: 0.8,
    amplitude: 42,
    wordGap: 6,
    stress: 1,
    drawl: 15,
    flutter: 12,
    roughness: 1,
    breath: 5,
    brightness: 0.45,
  },
};

/**
 * A sentence spoken by a speaker with an emotion, each time differently. The strength of the emotion and
 * all settings vary randomly, so that neighbouring emotions overlap.
 */
export function expressed(
  text: string,
  speaker: Speaker,
  emotion: Emotion,
  random: Random,
): SpeechRequest {
  const neutral = expressions.neutral;
  const full = expressions[emotion];
  const strength = 0.8 + 0.4 * random.next();
  /** Between neutral (strength 0) and the emotion (1), on a ratio scale, with random variation. */
  const scaled = (key: keyof Expression, spread: number): number =>
    neutral[key] * (full[key] / neutral[key]) ** strength * Math.exp(spread * random.normal());
  /** The same on a linear scale, for settings that may be 0. */
  const added = (key: keyof Expression, spread: number): number =>
    neutral[key] + strength * (full[key] - neutral[key]) + spread * random.normal();

  const base = speaker.pitch * scaled('pitch', 0.05);
  const top = base * (1 + scaled('range', 0.18));
  const brightness = scaled('brightness', 0.12);
  const stress = scaled('stress', 0.08);
  const drawl = Math.round(added('drawl', 10));
  const breath = count(added('breath', 0.7));
  return {
    text,
    language: speaker.language,
    voice: [
      `gender ${speaker.gender}`,
      `pitch ${Math.round(base)} ${Math.round(top)}`,
      `flutter ${count(added('flutter', 1))}`,
      `roughness ${Math.min(7, count(speaker.roughness + added('roughness', 0.5)))}`,
      ...formants(speaker),
      tone(brightness),
      stressAmplitudes(stress),
      `stressAdd 0 0 0 0 0 0 ${drawl} ${drawl}`,
      `breath ${Array<number>(8).fill(breath).join(' ')}`,
    ],
    rate: Math.max(80, Math.round(speaker.rate * scaled('rate', 0.05))),
    amplitude: Math.min(200, Math.round(scaled('amplitude', 0.12))),
    wordGap: count(added('wordGap', 0.5)),
  };
}

/** Formants 0 to 8 in percent of espeak-ng's own: frequency, height, width. */
function formants({ formants, width, gender }: Speaker): string[] {
  const frequency = Math.round(100 * formants);
  const height = gender === 'female' ? 80 : 95;
  return Array.from({ length: 9 }, (_, n) => `formant ${n} ${frequency} ${height} ${width}`);
}

/** Loudness of the harmonics as pairs of Hz and 0 to 255; 170, 135 and 110 are espeak-ng's own. */
function tone(brightness: number): string {
  const level = (own: number, power: number): number =>
    Math.min(255, Math.round(own * brightness ** power));
  return `tone 600 170 1200 ${level(135, 0.5)} 2000 ${level(110, 1)} 3500 ${level(90, 1)}`;
}

/** Loudness of the eight degrees of stress, from unstressed to most stressed; 20 is average. */
function stressAmplitudes(ratio: number): string {
  const grades = [0, 0, 0.4, 0.4, 0.5, 0.6, 1, 0.9];
  return `stressAmp ${grades.map((grade) => Math.round(18 * ratio ** (grade - 0.3))).join(' ')}`;
}

function count(value: number): number {
  return Math.max(0, Math.round(value));
}
