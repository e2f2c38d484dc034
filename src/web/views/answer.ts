import { ScoreBars } from '../charts/scores.js';
import { attentionText } from '../charts/sound.js';
import { byId, element, milliseconds, percent, show, table } from '../dom.js';
import type { Heard } from '../protocol.js';
import { answerText, measuredText, numbersText, recordingsText, topOf } from '../words.js';

/** The answer for a recording. */
export class AnswerView {
  readonly #scores = new ScoreBars(byId('heard-scores', HTMLElement), 'Share of each label');
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
    byId('heard-name', HTMLElement).textContent = name;
    byId('heard-time', HTMLElement).textContent =
      `${seconds.toFixed(2)} s of sound; features ${milliseconds(featuresMs)}, network ${milliseconds(networkMs)}`;
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
  const answer =
    share < 0
      ? []
      : sure === false
        ? [strong('Not sure'), `, perhaps ${label} (${percent(share)}). `]
        : ['The model hears ', strong(label), ` (${percent(share)}). `];
  const predicted = [share < 0 ? 'The model predicts ' : 'It predicts ', strong(numbers), '. '];
  const listens = element('span', { class: 'quiet' }, `${attentionText(seconds, attention)}.`);
  return [...answer, ...(numbers === '' ? [] : predicted), listens];
}

function knownText(recordings: number): string {
  return recordings === 0
    ? 'Compared with this recording alone: nothing else is known of its voice.'
    : `Compared with ${recordingsText(recordings)} of this voice. Another person? Forget this voice first.`;
}

/** What another knowledge of the voice has changed. */
function changeOf(before: Heard, now: Heard): readonly Node[] {
  const labels = Object.keys(now.scores);
  const counts = [before, now].map(({ voice = 0 }) =>
    voice === 0 ? 'by itself' : `${voice} known`,
  );
  const rows = labels.map((label) => [
    label,
    ...[before, now].map(({ scores }) => percent(scores[label] ?? 0)),
  ]);
  const same = labels.every((label) => now.scores[label] === before.scores[label]);
  const first =
    same && Math.max(before.voice ?? 0, now.voice ?? 0) === 1
      ? ' A voice that is not known is compared with its own recording, so the first one changes nothing: add others.'
      : '';
  const answers = [before, now].map(({ scores, sure }) => answerText(scores, sure)).join(' → ');
  const lead = element('strong', {}, 'Before → after: ');
  return [
    element('p', {}, lead, `${answers}.${first}`),
    table('Share of each label, by recordings of the voice', ['', ...counts], rows),
  ];
}
