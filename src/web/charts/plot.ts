import * as Plot from '@observablehq/plot';
import { element } from '../dom.js';

/** Margins of every plot, so that stacked plots share a time axis. */
export const MARGIN = { left: 44, right: 12 } as const;

/** A plot with what is written above it. */
export interface Figure {
  readonly title: string;
  readonly keys: readonly { readonly name: string; readonly series: number }[];
  readonly plot: SVGSVGElement;
}

export function figureElement({ title, keys, plot }: Figure): HTMLElement {
  const names = keys.map(({ name, series }) =>
    element('span', { class: `key series-${series}` }, name),
  );
  return element(
    'figure',
    {},
    element('figcaption', {}, element('span', {}, title), ...names),
    plot,
  );
}

/**
 * Draws a plot that the page's style sheet colours. Plot's own style element is taken out before the
 * plot is put into the page, whose security policy would refuse it.
 *
 * @param title what is drawn
 * @param summary text alternative
 */
export function draw(title: string, summary: string, options: Plot.PlotOptions): SVGSVGElement {
  const { left: marginLeft, right: marginRight } = MARGIN;
  const plot = Plot.plot({ marginLeft, marginRight, className: 'plot', ...options });
  if (!(plot instanceof SVGSVGElement)) throw new Error('a plot with a legend of its own');
  plot.querySelector('style')?.remove();
  // Names of marks, which a picture with a name of its own has no use for.
  plot.querySelectorAll('[aria-label]').forEach((mark) => mark.removeAttribute('aria-label'));
  plot.setAttribute('role', 'img');
  plot.setAttribute('aria-label', `${title}. ${summary}`);
  return plot;
}

/** Calls back with the width of an element, immediately if it has one and whenever it changes. */
export function onWidth(node: HTMLElement, use: (width: number) => void): void {
  let width = 0;
  new ResizeObserver(() => {
    const now = Math.floor(node.clientWidth);
    if (now === width || now === 0) return;
    width = now;
    use(now);
  }).observe(node);
}
