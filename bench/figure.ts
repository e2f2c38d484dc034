/** A standalone SVG file around a plot: title, legend, and colours for light and dark pages. */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';

/** Okabe and Ito's colours, safe for the colour-blind, slightly lighter on dark. */
export const seriesColours = [1, 2, 3, 4, 5, 6].map((n) => `var(--series-${n})`);

const style = `
.figure { --background: #fdfdfc; --text: #1b2026; --muted: #59636e; --line: #d4d9de;
  --series-1: #0072b2; --series-2: #d55e00; --series-3: #007a5a; --series-4: #b0508c; --series-5: #8a6d00; --series-6: #59636e;
  font: 12px system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; color: var(--text); fill: var(--text); }
@media (prefers-color-scheme: dark) { .figure { --background: #14181c; --text: #e7eaed; --muted: #a3adb7; --line: #39424b;
  --series-1: #56b4e9; --series-2: #f0a030; --series-3: #2fc79a; --series-4: #e08fc0; --series-5: #d8c24a; --series-6: #a3adb7; } }
.figure .background { fill: var(--background); } .figure .title { font-size: 14px; font-weight: 600; }
.figure .muted { fill: var(--muted); } .plot text { white-space: pre; }`;

export interface Figure {
  readonly title: string;
  /** Text alternative of the figure. */
  readonly summary: string;
  /** Where the numbers come from. */
  readonly source: string;
  /** Names of the series in the order of their colours; absent for a plot of one series. */
  readonly series?: readonly string[];
  readonly options: Plot.PlotOptions;
}

export const WIDTH = 720;
const MARGIN = 16;
const LEGEND_TOP = 58;
/** Approximate width of a character. */
const CHARACTER = 6.8;

/** The legend's lines, with as many names on each as fit. */
function legendOf(series: readonly string[]): { svg: string; bottom: number } {
  let x = MARGIN;
  let y = LEGEND_TOP;
  const entries = series.map((name, i) => {
    const width = 20 + name.length * CHARACTER + 18;
    if (x + width > WIDTH && x > MARGIN) {
      x = MARGIN;
      y += 18;
    }
    const colour = seriesColours[i % seriesColours.length] ?? '';
    const entry =
      `<circle cx="${x + 5}" cy="${y - 4}" r="5" fill="${colour}"/>` +
      `<text x="${x + 15}" y="${y}">${escape(name)}</text>`;
    x += width;
    return entry;
  });
  return { svg: entries.join(''), bottom: series.length === 0 ? LEGEND_TOP - 16 : y };
}

/** A title over each band of a plot that has several, one over the other. */
export function bandTitles(
  names: readonly string[],
  frameAnchor: Plot.FrameAnchor = 'top',
  dy = -14,
) {
  const own = (name: string): string => name;
  return Plot.text(names, { fy: own, text: own, frameAnchor, dy });
}

/** The whole file. */
export function drawFigure({ title, summary, source, series = [], options }: Figure): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const plot = Plot.plot({
    width: WIDTH,
    marginTop: 30,
    marginRight: 20,
    marginBottom: 40,
    ...options,
    className: 'plot',
    style: { background: 'none', overflow: 'visible' },
    ...(series.length > 0 && { color: { domain: [...series], range: rangeOf(series) } }),
    document,
  });
  plot.querySelector('style')?.remove(); // the figure has its own style
  const legend = legendOf(series);
  const top = legend.bottom + 8;
  const height = top + Number(plot.getAttribute('height')) + MARGIN;
  plot.setAttribute('y', String(top));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="figure" width="${WIDTH}" height="${height}"` +
      ` viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escape(`${title}. ${summary}`)}">`,
    `<style>${style}</style>`,
    `<title>${escape(title)}</title>`,
    `<rect class="background" width="${WIDTH}" height="${height}" rx="6"/>`,
    `<text class="title" x="${MARGIN}" y="22">${escape(title)}</text>`,
    `<text class="muted" x="${MARGIN}" y="38">${escape(source)}</text>`,
    legend.svg,
    plot.outerHTML,
    '</svg>\n',
  ].join('\n');
}

/** The colours of series by their order. */
function rangeOf(series: readonly string[]): string[] {
  return series.map((_, i) => seriesColours[i % seriesColours.length] ?? '');
}

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
