/** What the page says of an answer. */
import type { Confidence } from '../model/confidence.js';
import { percent } from './dom.js';
import type { Numbers, Predicted, Scores } from './protocol.js';

/** The label with the largest share. */
export function topOf(scores: Scores): readonly [label: string, share: number] {
  return Object.entries(scores).reduce((best, own) => (own[1] > best[1] ? own : best), ['', -1]);
}

/** Predicted numbers in words: `arousal 3.20, valence 2.71`; empty if there are none. */
export function numbersText(values: Numbers): string {
  return Object.entries(values)
    .map(([task, value]) => `${task} ${value.toPrecision(3)}`)
    .join(', ');
}

/** The first label in words: `anger (71 %)`, or below the threshold `not sure, perhaps anger (48 %)`. */
export function answerText(scores: Scores, sure: boolean | undefined): string {
  const [label, share] = topOf(scores);
  return `${sure === false ? 'not sure, perhaps ' : ''}${label} (${percent(share)})`;
}

/** What a model hears in words: its answer and its numbers. */
export function heardText(scores: Scores, values: Numbers, sure: boolean | undefined): string {
  const answers = Object.keys(scores).length > 0 ? [answerText(scores, sure)] : [];
  const numbers = numbersText(values);
  return [...answers, ...(numbers === '' ? [] : [numbers])].join('; ');
}

/**
 * What it means that a model is sure, by what was measured with as many recordings of a speaker or fewer.
 *
 * @param known recordings of the voice; the one that is asked about counts if there is no other
 */
export function measuredText({ threshold, measured }: Confidence, known: number): string {
  const [entry] = measured
    .filter(({ recordings }) => recordings <= known)
    .sort((a, b) => b.recordings - a.recordings);
  if (entry === undefined) {
    return `The model counts as sure from ${percent(threshold)} on; how often it is right then was not measured.`;
  }
  const { recordings, accuracy, coverage } = entry;
  return (
    `With ${recordingsText(recordings)} of a speaker known, answers at or above ${percent(threshold)} were right in ` +
    `${percent(accuracy)} of cases, and ${percent(coverage)} of all answers reach it.`
  );
}

/** `1 recording`, `2 recordings`. */
export function recordingsText(count: number): string {
  return `${count} ${count === 1 ? 'recording' : 'recordings'}`;
}

/** What came of several recordings: `5 recordings: anger 2, neutral 1, not sure 1; 1 failed`. */
export function tallyText(
  entries: readonly { readonly result?: Predicted; readonly problem?: Error }[],
): string {
  const counts = new Map<string, number>();
  let [failed, left, unsure] = [0, 0, 0];
  for (const { result, problem } of entries) {
    if (problem !== undefined) failed++;
    else if (result === undefined) left++;
    else if (result.sure === false) unsure++;
    else {
      const [label] = topOf(result.scores);
      if (label !== '') counts.set(label, (counts.get(label) ?? 0) + 1);
    }
  }
  const labels = [...counts].sort(([, a], [, b]) => b - a).map(([label, n]) => `${label} ${n}`);
  if (unsure > 0) labels.push(`not sure ${unsure}`);
  const others = [
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(left > 0 ? [`${left} not heard yet`] : []),
  ];
  const all = recordingsText(entries.length);
  return [labels.length > 0 ? `${all}: ${labels.join(', ')}` : all, ...others].join('; ');
}
