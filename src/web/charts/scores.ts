import { element, percent } from '../dom.js';
import type { Numbers, Scores } from '../protocol.js';

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

/** What a model hears in words: its first label and its numbers. */
export function heardText(scores: Scores, values: Numbers): string {
  const [label, share] = topOf(scores);
  const labelled = share < 0 ? [] : [`${label}, ${percent(share)}`];
  const numbers = numbersText(values);
  return [...labelled, ...(numbers === '' ? [] : [numbers])].join('; ');
}

interface Row {
  readonly number: HTMLElement;
  readonly bar: HTMLElement;
  readonly line: HTMLElement;
}

/** A bar and a number for each label; made once, so that live values move smoothly. */
export class ScoreBars {
  readonly #rows = new Map<string, Row>();
  #labels = '';

  constructor(
    private readonly root: HTMLElement,
    private readonly caption: string,
  ) {}

  show(scores: Scores): void {
    const labels = Object.keys(scores);
    if (labels.join('\n') !== this.#labels) this.#make(labels);
    const [top] = topOf(scores);
    for (const [label, share] of Object.entries(scores)) {
      const row = this.#rows.get(label);
      if (row === undefined) continue;
      row.number.textContent = percent(share);
      row.bar.style.width = `${(100 * share).toFixed(1)}%`;
      row.line.classList.toggle('best', label === top);
    }
  }

  #make(labels: readonly string[]): void {
    this.#labels = labels.join('\n');
    this.#rows.clear();
    const lines = labels.map((label, i) => {
      const bar = element('span', { class: `series-${i % 6}` });
      const number = element('td', { class: 'numbers' });
      const track = element('td', { class: 'bar', 'aria-hidden': 'true' }, bar);
      const line = element('tr', {}, element('th', { scope: 'row' }, label), track, number);
      this.#rows.set(label, { number, bar, line });
      return line;
    });
    const caption = element('caption', { class: 'visually-hidden' }, this.caption);
    this.root.replaceChildren(
      element('table', { class: 'scores' }, caption, element('tbody', {}, ...lines)),
    );
  }
}
