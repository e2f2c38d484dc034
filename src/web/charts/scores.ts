import { element, percent } from '../dom.js';
import { labelName } from '../language/words.js';
import type { Scores } from '../protocol.js';
import { topOf } from '../words.js';

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

  /** @param threshold from which share on the model is sure: a line across the bars */
  show(scores: Scores, threshold?: number): void {
    const labels = Object.keys(scores);
    if (labels.join('\n') !== this.#labels) this.#make(labels);
    this.root.classList.toggle('thresholded', threshold !== undefined);
    this.root.style.setProperty('--threshold', `${100 * (threshold ?? 0)}%`);
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
      const line = element(
        'tr',
        {},
        element('th', { scope: 'row' }, labelName(label)),
        track,
        number,
      );
      this.#rows.set(label, { number, bar, line });
      return line;
    });
    const caption = element('caption', { class: 'visually-hidden' }, this.caption);
    this.root.replaceChildren(
      element('table', { class: 'scores' }, caption, element('tbody', {}, ...lines)),
    );
  }
}
