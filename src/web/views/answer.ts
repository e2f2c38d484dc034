import { printable } from '../../core/printable.js';
import { ScoreBars } from '../charts/scores.js';
import { attentionText } from '../charts/sound.js';
import {
  byId,
  element,
  milliseconds,
  percent,
  seconds as secondsText,
  show,
  table,
} from '../dom.js';
import { labelName, t } from '../language/words.js';
import type { Heard } from '../protocol.js';
import { answerText, measuredText, numbersText, topOf } from '../words.js';

/** The answer for a recording. */
export class AnswerView {
  readonly #scores = new ScoreBars(byId('heard-scores', HTMLElement), t().answer.shares);
  readonly #change = byId('heard-change', HTMLElement);

  /** Scrolls to the answer if it is out of sight, as on a phone. */
  reveal(): void {
    const heard = byId('heard', HTMLElement);
    if (heard.getBoundingClientRect().top > innerHeight * 0.8) heard.scrollIntoView();
  }

  /** @param before the answer for the same recording when less or more was known of the voice */
  show(heard: Heard, before: Heard | undefined): void {
    const { name, seconds, scores, confidence, voice, featuresMs, networkMs } = heard;
    show(byId('heard', HTMLElement), true);
    byId('heard-name', HTMLElement).textContent = printable(name);
    byId('heard-time', HTMLElement).textContent = t().answer.times(
      secondsText(seconds),
      milliseconds(featuresMs),
      milliseconds(networkMs),
    );
    byId('heard-says', HTMLElement).replaceChildren(...saysOf(heard));
    this.#scores.show(scores, confidence?.threshold);
    byId('heard-measured', HTMLElement).textContent =
      confidence === undefined ? '' : measuredText(confidence, Math.max(1, voice ?? 1));
    show(byId('heard-voice', HTMLElement), voice !== undefined);
    byId('heard-known', HTMLElement).textContent = knownText(voice ?? 0);
    show(this.#change, before !== undefined);
    if (before !== undefined) this.#change.replaceChildren(...changeOf(before, heard));
  }
}

function saysOf({ scores, values, sure, seconds, attention }: Heard): readonly (Node | string)[] {
  const [label, share] = topOf(scores);
  const numbers = numbersText(values);
  const strong = (text: string) => element('strong', {}, text);
  const told = t().answer;
  const how = sure === false ? told.unsure : told.hears;
  const answer = share < 0 ? [] : how(strong, labelName(label), percent(share));
  const predicts = share < 0 ? told.predicts : told.alsoPredicts;
  const predicted = numbers === '' ? [] : predicts(strong, numbers);
  const listens = element('span', { class: 'quiet' }, `${attentionText(seconds, attention)}.`);
  return [...answer, ...predicted, listens];
}

function knownText(recordings: number): string {
  return recordings === 0 ? t().answer.alone : t().answer.compared(recordings);
}

/** What another knowledge of the voice has changed. */
function changeOf(before: Heard, now: Heard): readonly Node[] {
  const labels = Object.keys(now.scores);
  const counts = [before, now].map(({ voice = 0 }) =>
    voice === 0 ? t().answer.byItself : t().answer.known(voice),
  );
  const rows = labels.map((label) => [
    labelName(label),
    ...[before, now].map(({ scores }) => percent(scores[label] ?? 0)),
  ]);
  const same = labels.every((label) => now.scores[label] === before.scores[label]);
  const first =
    same && Math.max(before.voice ?? 0, now.voice ?? 0) === 1
      ? ` ${t().answer.firstChangesNothing}`
      : '';
  const answers = [before, now].map(({ scores, sure }) => answerText(scores, sure)).join(' → ');
  const lead = element('strong', {}, t().answer.beforeAfter);
  return [
    element('p', {}, lead, `${answers}.${first}`),
    table(t().answer.changes, ['', ...counts], rows),
  ];
}
