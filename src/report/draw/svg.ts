import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { printableLines } from '../../core/printable.js';
import { html, Html } from './html.js';

/** How the lines of a figure differ: in colour (Okabe and Ito's, safe for the colour-blind) and dash. */
const strokes = [
  { stroke: 'var(--series-1)', strokeDasharray: 'none' },
  { stroke: 'var(--series-2)', strokeDasharray: '7,4' },
  { stroke: 'var(--series-3)', strokeDasharray: '2,4' },
  { stroke: 'var(--series-4)', strokeDasharray: '9,3,2,3' },
] as const;

export type Stroke = (typeof strokes)[number];

/** The stroke of the n-th line; they repeat after the fourth. */
export function strokeOf(n: number): Stroke {
  return strokes[(n % strokes.length) as 0 | 1 | 2 | 3];
}

/** Width in which figures are drawn; the page scales them to its columns. */
export const figureWidth = 420;

/**
 * Draws a plot as SVG inside HTML: self-contained, coloured by the page's style, and named for
 * screen readers.
 *
 * @param title what the figure shows
 * @param summary text alternative
 */
export function draw(title: string, summary: string, options: Plot.PlotOptions): Html {
  const { document, svg } = plotted(options);
  const name = document.createElementNS('http://www.w3.org/2000/svg', 'title');
  name.textContent = title;
  svg.prepend(name);
  // Added by hand: linkedom writes & in attributes as it is.
  const label = html`<svg role="img" aria-label="${`${title}. ${summary}`}"`.text;
  return new Html(label + printableLines(svg.outerHTML).slice('<svg'.length));
}

/** A plot without the rules that the page has. */
export function plotted(options: Plot.PlotOptions): { document: Document; svg: Element } {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const svg = Plot.plot({ width: figureWidth, className: 'plot', ...options, document });
  svg.querySelector('style')?.remove();
  svg.removeAttribute('xmlns');
  svg.removeAttribute('xmlns:xlink');
  return { document, svg };
}
