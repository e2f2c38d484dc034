/** What the page says of an answer. */
import type { Confidence } from '../model/confidence.js';
import { percent, precise } from './dom.js';
import { labelName, t, taskName } from './language/words.js';
import type { Numbers, Predicted, Scores } from './protocol.js';

/** The label with the largest share. */
export function topOf(scores: Scores): readonly [label: string, share: number] {
  return Object.entries(scores).reduce((best, own) => (own[1] > best[1] ? own : best), ['', -1]);
}

/** Predicted numbers in words: `arousal 3.20, valence 2.71`; empty if there are none. */
export function numbersText(values: Numbers): string {
  return Object.entries(values)
    .map(([task, value]) => `${taskName(task)} ${precise(value, 3)}`)
    .join(', ');
}

/** The first label in words: `anger (71 %)`, or below the threshold `not sure, perhaps anger (48 %)`. */
export function answerText(scores: Scores, sure: boolean | undefined): string {
  const [label, share] = topOf(scores);
  const answer = `${labelName(label)} (${percent(share)})`;
  return sure === false ? t().answer.perhaps(answer) : answer;
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
  if (entry === undefined) return t().answer.unmeasured(percent(threshold));
  const { recordings, accuracy, coverage } = entry;
  const shares = [threshold, accuracy, coverage].map(percent) as [string, string, string];
  return t().answer.measured(recordings, ...shares);
}

/** What came of several recordings: `anger 2, neutral 1, not sure 1; 1 failed`. */
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
  const labels = [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([label, n]) => `${labelName(label)} ${n}`);
  if (unsure > 0) labels.push(`${t().answer.notSure} ${unsure}`);
  const others = [
    ...(failed > 0 ? [t().table.failed(failed)] : []),
    ...(left > 0 ? [t().table.notHeard(left)] : []),
  ];
  return [...(labels.length > 0 ? [labels.join(', ')] : []), ...others].join('; ');
}
