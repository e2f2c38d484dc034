import type * as Plot from '@observablehq/plot';
import { digits, element, seconds as secondsText } from '../dom.js';
import { draw, figureElement, MARGIN, onWidth, type Figure } from './plot.js';

/** One of the plots of a timeline. */
export interface Panel {
  readonly title: string;
  /** Text alternative. */
  readonly summary: string;
  readonly height: number;
  readonly legend?: readonly { readonly name: string; readonly series: number }[];
  readonly y: Plot.ScaleOptions;
  readonly marks: (width: number) => Plot.Markish[];
  /** What it shows at a time. */
  readonly at: (seconds: number) => string;
}

/**
 * Stacked plots over the same time axis. A pointer over them, or the slider below from the keyboard,
 * marks a time; the values of each plot there are shown as text.
 */
export class Timeline {
  readonly #plots = element('div', { class: 'plots' });
  readonly #cursor = element('div', { class: 'cursor', hidden: '' });
  readonly #values = element('p', { class: 'values numbers' });
  readonly #slider: HTMLInputElement;
  #panels: readonly Panel[] = [];
  #seconds = 1;
  #width = 0;

  constructor(root: HTMLElement, label: string) {
    this.#slider = element('input', { type: 'range', min: '0', step: '0.01', 'aria-label': label });
    const stage = element('div', { class: 'stage' }, this.#plots, this.#cursor);
    root.classList.add('timeline');
    root.replaceChildren(this.#values, stage, this.#slider);
    onWidth(root, (width) => {
      this.#width = width;
      this.#draw();
    });
    this.#slider.addEventListener('input', () => this.mark(Number(this.#slider.value)));
    stage.addEventListener('pointermove', ({ clientX }) => {
      const { left } = stage.getBoundingClientRect();
      const inner = this.#width - MARGIN.left - MARGIN.right;
      const at = ((clientX - left - MARGIN.left) / inner) * this.#seconds;
      if (at >= 0 && at <= this.#seconds) this.mark(at);
    });
  }

  /** @param at time to mark first */
  show(seconds: number, panels: readonly Panel[], at: number): void {
    this.#panels = panels;
    this.#seconds = seconds;
    this.#slider.max = String(seconds);
    this.#draw();
    this.mark(at);
  }

  #draw(): void {
    if (this.#width === 0 || this.#panels.length === 0) return;
    const figures = panelFigures(this.#panels, this.#seconds, this.#width);
    this.#plots.replaceChildren(...figures.map(figureElement));
    this.mark(Number(this.#slider.value));
  }

  /** Marks a time, as a pointer over it does. */
  mark(at: number): void {
    const inner = this.#width - MARGIN.left - MARGIN.right;
    this.#cursor.hidden = this.#width === 0;
    const x = MARGIN.left + (at / this.#seconds) * inner;
    this.#cursor.style.transform = `translateX(${x}px)`;
    this.#slider.value = String(at);
    const values = this.#panels.map((panel) => panel.at(at)).filter((text) => text !== '');
    this.#slider.setAttribute('aria-valuetext', [secondsText(at), ...values].join(', '));
    this.#values.replaceChildren(
      element('strong', {}, secondsText(at)),
      ...values.map((text) => element('span', {}, text)),
    );
  }
}

/** The plots of panels over the same time axis, which the last one shows. */
export function panelFigures(panels: readonly Panel[], seconds: number, width: number): Figure[] {
  return panels.map(({ title, summary, height, legend = [], y, marks }, i) => {
    const isLast = i === panels.length - 1;
    const axis = isLast ? 30 : 6;
    const plot = draw(title, summary, {
      width,
      height: height + axis,
      marginTop: 6,
      marginBottom: axis,
      x: {
        domain: [0, seconds],
        label: null,
        ...(isLast ? { ticks: Math.min(10, width / 70) } : { axis: null }),
        tickFormat: (time: number) => `${digits(time)} s`,
      },
      y: { label: null, ticks: 3, tickSize: 0, tickFormat: digits, ...y },
      marks: marks(width),
    });
    return { title, keys: legend, plot };
  });
}
