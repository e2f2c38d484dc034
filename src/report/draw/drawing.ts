/** A figure of one or more stacked plots, for a page or a file of its own. */
import type * as Plot from '@observablehq/plot';
import { printableLines, printableOnOneLine } from '../../core/printable.js';
import { escapeHtml, Html, html } from './html.js';
import { palette } from './style.js';
import { figureWidth, plotted } from './svg.js';

/** A plot whose height is known before it is drawn. */
export type Panel = Plot.PlotOptions & { readonly height: number };

export interface Drawing {
  /** Of the file, without its extension. */
  readonly name: string;
  readonly title: string;
  /** Text alternative. */
  readonly summary: string;
  readonly height: number;
  /** SVG elements. */
  readonly content: string;
}

const rowHeight = 22;
/** Characters of a title that fit into one line. */
const titleRoom = 56;
const standaloneStyle = `${palette}
svg { background: var(--background); color: var(--text); }
text { font-family: system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; white-space: pre; }
`;

export function drawing(
  name: string,
  title: string,
  summary: string,
  panels: readonly Panel[],
): Drawing {
  let top = 0;
  const parts = panels.map((panel) => {
    const { svg } = plotted(panel);
    for (const attribute of ['class', 'font-size']) svg.removeAttribute(attribute);
    const part = nested(printableLines(svg.outerHTML), top);
    top += panel.height;
    return part;
  });
  const [line, about] = [title, summary].map(printableOnOneLine) as [string, string];
  return { name, title: line, summary: about, height: top, content: parts.join('') };
}

/** As part of a page, coloured by its style. */
export function inPage({ title, summary, height, content }: Drawing): Html {
  const label = `${title}. ${summary}`;
  return html`<svg
    role="img"
    aria-label="${label}"
    class="plot"
    width="${figureWidth}"
    height="${height}"
    viewBox="0 0 ${figureWidth} ${height}"
  >
    <title>${title}</title>
    ${new Html(content)}
  </svg>`;
}

/** As a file of its own: with a title, and its own colours for light and dark backgrounds. */
export function standalone({ title, summary, height, content }: Drawing): string {
  const lines = wrapped(title, titleRoom);
  const head = rowHeight * lines.length + 14;
  const margin = 12;
  const [width, total] = [figureWidth + 2 * margin, height + head + margin];
  const heading = lines
    .map((line, i) => `<text x="0" y="${rowHeight * (i + 1) - 2}">${escapeHtml(line)}</text>`)
    .join('');
  const text = [
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" width="${width}" height="${total}"`,
    ` viewBox="${-margin} 0 ${width} ${total}" font-size="12">\n`,
    `<title>${escapeHtml(title)}</title>\n<desc>${escapeHtml(summary)}</desc>\n`,
    `<style>${standaloneStyle}</style>\n`,
    `<g font-size="14" font-weight="600" fill="currentColor">${heading}</g>\n`,
    nested(`<svg width="${figureWidth}" height="${height}">${content}</svg>`, head),
    '\n</svg>\n',
  ].join('');
  return forXml(text);
}

function nested(svg: string, top: number): string {
  return `<svg y="${top}" overflow="visible"${svg.slice('<svg'.length)}`;
}

/** XML allows no control characters and no lone surrogates. */
function forXml(text: string): string {
  return text.replace(/(?![\t\n\r])[\p{Cc}\p{Cs}\ufffe\uffff]/gu, '\u{fffd}');
}

function wrapped(text: string, room: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1) ?? ''} ${word}`;
    if (lines.length > 0 && longer.length <= room) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
